// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP

/// A few words for a browser, to recognise it by in the list of sessions. The whole header is not kept.
enum Browser {
    static func describe(_ request: Request) -> String {
        let agent = request.headers["User-Agent"] ?? ""
        let browsers = [
            ("MicroMessenger", "微信"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"),
            ("HuaweiBrowser", "Huawei"), ("MiuiBrowser", "MIUI"), ("UCBrowser", "UC"), ("QQBrowser", "QQ"),
            ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl")
        ]
        let systems = [
            ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
            ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux")
        ]
        let browser = browsers.first { agent.contains($0.0) }?.1
        let system = systems.first { agent.contains($0.0) }?.1
        return [browser, system].compactMap { $0 }.joined(separator: " · ")
    }
}
