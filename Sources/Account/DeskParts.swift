// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import Identity
import Markup

/// Small pieces that several desk pages share.
struct DeskParts {
    let words: Words
    private var language: String { words.language }

    /// The desk's name as a link, with its mark and state.
    func link(_ desk: DeskMention) -> HTML {
        """
        <a href="/@\(desk.handle)">\(localized(desk.name))</a> \(mark(desk))
        """
    }

    /// A check and the word for a desk that its parent vouches for; its state where that is not "open".
    func mark(_ desk: DeskMention) -> HTML {
        """
        \(when(desk.isVerified) {
            "<span class=\"badge verified\">\(Icon.html("verified"))\(words("desk.verified"))</span>"
        })\(when(desk.state != .open || !desk.isVerified) {
            "<span class=\"badge state-\(desk.state.rawValue)\">\(words("desk.state.\(desk.state.rawValue)"))</span>"
        })
        """
    }

    /// A text with the language it is really in, where that is not the page's.
    func localized(_ text: Localized) -> HTML {
        let own = text.language(for: language)
        return own == language ? "\(text[language])" : "<span lang=\"\(own)\">\(text[language])</span>"
    }

    /// A longer text, in Markdown.
    func prose(_ text: Localized) -> HTML {
        guard !text.isEmpty else { return .empty }
        let own = text.language(for: language)
        return """
            <div class="prose"\(attr: "lang", own == language ? nil : own)>\(Markdown(text[language]).html())</div>
            """
    }

    /// Which number to call for what.
    func numbers(_ numbers: [CallNumber], heading: String) -> HTML {
        guard !numbers.isEmpty else { return .empty }
        return """
            <section aria-labelledby="numbers"><h2 id="numbers">\(heading)</h2><ul class="numbers">
            \(each(numbers) { number in
                """
                <li><a href="\(url: "tel:" + number.number.dialled)">\(number.number)</a>
                <span>\(localized(number.need))</span></li>
                """
            })</ul></section>
            """
    }

    /// The way from the bureau down to this desk.
    func trail(_ above: [DeskMention], _ last: String) -> HTML {
        """
        <nav class="trail" aria-label="\(words("desk.trail"))"><ol>
        <li><a href="/desks">\(words("menu.desks"))</a></li>
        \(each(above) { "<li><a href=\"/@\($0.handle)\">\(localized($0.name))</a></li>" })
        <li aria-current="page">\(last)</li></ol></nav>
        """
    }

    /// The pages of a desk's keepers.
    func keeperTabs(_ desk: Desk, _ here: String, _ principal: Principal) -> HTML {
        let tabs: [(String, String, Bool)] = [
            ("work", "keep.work", Permissions.allow(principal, .work, at: desk.path)),
            ("edit", "keep.edit", Permissions.allow(principal, .editDesk, at: desk.path)),
            ("children", "keep.children", Permissions.allow(principal, .keepDesks, at: desk.path + "0/")),
            ("people", "keep.people", Permissions.allow(principal, .appoint, at: desk.path))
        ]
        return """
            <p class="trail"><a href="/@\(desk.handle)">\(localized(desk.page.name))</a></p>
            <nav class="tabs" aria-label="\(words("keep.title"))"><ul>
            \(each(tabs.filter(\.2)) { tab in
                """
                <li><a href="/@\(desk.handle)/\(tab.0)"\(attr: "aria-current", tab.0 == here ? "page" : nil)>\(words(tab.1))</a></li>
                """
            })</ul></nav>
            """
    }
}

extension String {
    /// The digits alone, as `tel:` wants them.
    var dialled: String { String(decoding: utf8.filter { (48...57).contains($0) }, as: UTF8.self) }
}
