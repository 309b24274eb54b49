// SPDX-License-Identifier: AGPL-3.0-or-later
import Identity
import Markup

/// What stands around every page: head, header, menu, footer.
struct PageFrame {
    let page: Page
    let words: Words
    let city: CityProfile
    let principal: Principal
    let path: String
    let flash: String?
    let assets: Assets

    func html() -> HTML {
        """
        <!doctype html>
        <html lang="\(words.language)">
        \(head)
        <body\(attr: "class", page.isWorkplace ? "workplace" : nil)>
        <a class="skip" href="#content">\(words("site.skip"))</a>
        \(emergency)
        \(header)
        <main id="content" tabindex="-1">
        \(some(flash) { key in words.has(key) ? "<p class=\"notice\" role=\"status\">\(icon("check"))\(words(key))</p>" : "" })
        \(page.content)
        </main>
        \(footer)
        </body>
        </html>
        """
    }

    private var siteName: String { city.force[words.language] }

    private var head: HTML {
        """
        <head>
        <meta charset="utf-8">
        <title>\(page.title) · \(siteName)</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        \(some(page.summary) { "<meta name=\"description\" content=\"\($0)\">" })
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="\(url: assets.address("favicon.svg"))" type="image/svg+xml">
        <link rel="stylesheet" href="\(url: assets.address("precinct.css"))">
        <link rel="stylesheet" href="/city.css">
        <script type="module" src="\(url: assets.address("js/times.js"))"></script>
        \(each(page.modules) { "<script type=\"module\" src=\"\(url: assets.address("js/" + $0))\"></script>" })
        </head>
        """
    }

    private var emergency: HTML {
        guard let first = city.numbers.first else { return .empty }
        return """
            <p class="emergency">\(icon("phone"))\(words("site.emergency"))
            <a href="\(url: "tel:" + first.number)">\(first.number)</a></p>
            """
    }

    private var header: HTML {
        """
        <header class="top"><div class="top-in">
        <a class="brand" href="/"><svg class="mark" aria-hidden="true"><use href="\(url: assets.address("mark.svg"))#mark"></use></svg>
        <span>\(siteName)<small>\(words("site.tagline"))</small></span></a>
        <nav class="menu" aria-label="\(words("site.menu"))"><ul>
        \(item(.desks, "/desks", "menu.desks"))
        \(item(.stations, "/stations", "menu.stations"))
        \(item(.live, "/live", "menu.live"))
        \(person)
        </ul></nav>
        \(languageSwitch)
        </div></header>
        \(dutyBar)
        """
    }

    private func item(_ section: Section, _ address: String, _ key: String) -> HTML {
        """
        <li><a href="\(url: address)"\(attr: "aria-current", page.section == section ? "page" : nil)>\(words(key))</a></li>
        """
    }

    private var person: HTML {
        guard let signed = principal.signed else { return item(.account, "/sign-in", "menu.signin") }
        return """
            \(when(signed.hasDuties) { item(.duty, "/duty", "menu.duty") })
            <li><a href="/account"\(attr: "aria-current", page.section == .account ? "page" : nil)>\(signed.pseudonym)</a></li>
            """
    }

    /// Shows on every page on whose behalf one is acting, so that nobody speaks for a desk by mistake.
    private var dutyBar: HTML {
        guard let acting = principal.acting else { return .empty }
        let place = acting.handle.map { "/@\($0)/work" } ?? "/city"
        return """
            <div class="duty-bar"><p>\(icon("shield"))\(words("duty.acting", ["role": words("role.\(acting.role.rawValue)")]))
            \(some(acting.handle) { "<a href=\"\(url: place)\">@\($0)</a>" })
            \(when(acting.handle == nil && acting.role == .operator) { "<a href=\"/city\">\(words("city.title"))</a>" })</p>
            <form method="post" action="/duty/leave"><button class="link">\(words("duty.leave"))</button></form></div>
            """
    }

    private var languageSwitch: HTML {
        let others = city.languages.filter { $0 != words.language }
        return """
            <form class="languages" method="post" action="/language" aria-label="\(words("site.languages"))">
            <input type="hidden" name="next" value="\(path)">
            \(each(others) { tag in
                "<button class=\"link\" name=\"language\" value=\"\(tag)\" lang=\"\(tag)\">\(LanguageNames.own(tag))</button>"
            })</form>
            """
    }

    private var footer: HTML {
        """
        <footer class="bottom"><div class="bottom-in">
        <p>\(siteName)</p>
        <ul>
        <li><a href="/live">\(words("footer.record"))</a></li>
        <li><a href="/desks">\(words("menu.desks"))</a></li>
        <li><a href="\(url: city.source)">\(words("footer.source"))</a></li>
        </ul>
        <p class="quiet">\(words("footer.licence"))</p>
        </div></footer>
        """
    }

    private func icon(_ name: String) -> HTML { Icon.html(name, assets) }
}

/// Languages by their own names.
public enum LanguageNames {
    public static func own(_ tag: String) -> String {
        switch tag {
        case "zh-Hans": "简体中文"
        case "zh-Hant": "繁體中文"
        case "en": "English"
        default: tag
        }
    }
}

/// Drawings from the sprite. They are decoration: the word beside them says it.
public enum Icon {
    static func html(_ name: String, _ assets: Assets) -> HTML {
        """
        <svg class="icon" aria-hidden="true"><use href="\(url: assets.address("icons.svg"))#\(name)"></use></svg>
        """
    }

    /// An icon on a page. The sprite is named without its version here: pages don't know the assets.
    public static func html(_ name: String) -> HTML {
        """
        <svg class="icon" aria-hidden="true"><use href="/assets/icons.svg#\(name)"></use></svg>
        """
    }
}
