// SPDX-License-Identifier: AGPL-3.0-or-later
import CCurl
import Foundation

/// One request on one libcurl handle, on one thread.
final class Transfer {
    private let limit: Int
    private var body: [UInt8] = []
    private var head: [UInt8] = []
    private var isTooLarge = false
    private static let headLimit = 64 * 1024

    init(limit: Int) { self.limit = limit }

    func run(
        _ method: Method, _ target: ClientTarget, _ headers: Headers, _ content: [UInt8], within time: Duration
    ) throws(ClientProblem) -> ClientResponse {
        guard let handle = curl_easy_init() else { throw .unreachable("out of memory") }
        defer { curl_easy_cleanup(handle) }
        let pins = curl_slist_append(nil, target.pin)
        defer { curl_slist_free_all(pins) }
        var lines: UnsafeMutablePointer<curl_slist>?
        for (name, value) in headers.fields { lines = curl_slist_append(lines, "\(name): \(value)") }
        defer { curl_slist_free_all(lines) }

        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = precinct_curl_set_text(handle, CURLOPT_URL, target.url.absoluteString)
        _ = precinct_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        _ = precinct_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, method.rawValue)
        _ = precinct_curl_set_text(handle, CURLOPT_USERAGENT, "precinct")
        // No proxy from the environment: the address that was checked is the one to reach.
        _ = precinct_curl_set_text(handle, CURLOPT_PROXY, "")
        _ = precinct_curl_set_pointer(handle, CURLOPT_RESOLVE, pins)
        _ = precinct_curl_set_pointer(handle, CURLOPT_HTTPHEADER, lines)
        _ = precinct_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        _ = precinct_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        _ = precinct_curl_set_long(handle, CURLOPT_NOBODY, method == .head ? 1 : 0)
        _ = precinct_curl_set_long(handle, CURLOPT_TIMEOUT_MS, max(1, Int(time / .milliseconds(1))))
        _ = precinct_curl_set_write(handle, CURLOPT_WRITEFUNCTION, takeBody)
        _ = precinct_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        _ = precinct_curl_set_write(handle, CURLOPT_HEADERFUNCTION, takeHead)
        _ = precinct_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)

        let code = content.withUnsafeBytes { bytes in
            if !content.isEmpty {
                _ = precinct_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, bytes.count)
                _ = precinct_curl_set_pointer(
                    handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            }
            return curl_easy_perform(handle)
        }
        guard code == CURLE_OK else { throw problem(code) }
        var status = 0
        _ = precinct_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return ClientResponse(status: status, headers: responseHeaders(), body: body)
    }

    fileprivate func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        isTooLarge = body.count + bytes.count > limit
        if !isTooLarge { body.append(contentsOf: bytes) }
        return !isTooLarge
    }

    fileprivate func take(head bytes: UnsafeRawBufferPointer) -> Bool {
        isTooLarge = head.count + bytes.count > Self.headLimit
        if !isTooLarge { head.append(contentsOf: bytes) }
        return !isTooLarge
    }

    private func problem(_ code: CURLcode) -> ClientProblem {
        if isTooLarge { return .tooLarge }
        if code == CURLE_OPERATION_TIMEDOUT { return .timeout }
        return .unreachable(String(cString: curl_easy_strerror(code)))
    }

    private func responseHeaders() -> Headers {
        var headers = Headers()
        for line in String(decoding: head, as: UTF8.self).split(whereSeparator: \.isNewline) {
            // A new status line begins the head that counts: the one before was a 100.
            if line.hasPrefix("HTTP/") { headers = Headers() }
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            headers.add(String(line[..<colon]), String(value))
        }
        return headers
    }
}

private typealias Take = @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int

/// libcurl stops when less was taken than it offered.
private let takeBody: Take = { bytes, size, count, context in
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.take(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

private let takeHead: Take = { bytes, size, count, context in
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.take(head: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}
