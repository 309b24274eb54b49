// SPDX-License-Identifier: AGPL-3.0-or-later
import Markup
import Testing

@Suite struct HTMLTests {
    static let hostile = "\"><script>alert('x')</script>&\u{0}\u{202e}"

    @Test("text is escaped in content and in attributes")
    func escaping() {
        let page: HTML = "<a title=\"\(Self.hostile)\">\(Self.hostile)</a>"
        let safe = "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;"
        #expect(page.description == "<a title=\"\(safe)\">\(safe)</a>")
    }

    @Test(
        "addresses that run code or leave the site in disguise become #",
        arguments: [
            "javascript:alert(1)", "java\tscript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "//evil.example",
            "/\\evil.example", "\\\\evil", " javascript:x", "vbscript:x", "https:", "ftp://x", "http:\n//x", ""
        ])
    func badAddresses(address: String) {
        #expect(("\(url: address)" as HTML).description == "#")
    }

    @Test(
        "sound addresses stay",
        arguments: [
            "/desks", "#content", "?q=1", "https://example.org/a?b", "http://example.org", "mailto:a@b.c", "tel:110"
        ])
    func goodAddresses(address: String) {
        #expect(("\(url: address)" as HTML).description == address)
    }

    @Test("attributes and flags appear only with a value")
    func attributes() {
        let none: String? = nil
        #expect(("<i\(attr: "lang", none)\(flag: "hidden", false)>" as HTML).description == "<i>")
        #expect(
            ("<i\(attr: "lang", "a\"b")\(flag: "hidden", true)>" as HTML).description == "<i lang=\"a&quot;b\" hidden>")
    }

    @Test("pieces are put together without escaping twice")
    func pieces() {
        let items = each(["a", "<"]) { "<li>\($0)</li>" }
        #expect(
            ("<ul>\(items)\(when(false) { "no" })\(some("x") { "<b>\($0)</b>" })</ul>" as HTML).description
                == "<ul><li>a</li><li>&lt;</li><b>x</b></ul>")
    }

    @Test("whatever the text, no tag comes of it")
    func property() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("<>&\"'`= \u{0}\u{202e}\u{2066}漢é\n") + Array("ab")
        for _ in 0..<2000 {
            let text = String((0..<20).map { _ in alphabet.randomElement(using: &random)! })
            let html = ("\(text)" as HTML).description
            #expect(!html.contains { "<>\"'".contains($0) } && !html.unicodeScalars.contains("\u{202e}"))
        }
    }
}

@Suite struct MarkdownTests {
    @Test("raw HTML is left out and links are checked")
    func links() {
        let html = Markdown("x <script>x</script> [a](javascript:x) [b](https://e.org) ![p](https://e.org/p.png)")
            .html().description
        #expect(!html.contains("<script") && !html.contains("javascript:") && !html.contains("p.png"))
        #expect(html.contains("<a href=\"https://e.org\">b</a>"))
    }

    @Test("headings begin below the page's own")
    func headings() {
        #expect(Markdown("# 通告").html().description == "<h2>通告</h2>\n")
    }

    @Test("tables and struck text are understood")
    func extensions() {
        #expect(Markdown("| a | b |\n|---|---|\n| 1 | ~~2~~ |").html().description.contains("<td><del>2</del></td>"))
    }

    @Test("a thousand levels of nesting do no harm")
    func nesting() {
        let deep = String(repeating: "> ", count: 1000) + String(repeating: "[", count: 20_000) + "x"
        #expect(Markdown(deep).plainText().contains("x"))
        #expect(!Markdown(String(repeating: "*a _b ", count: 20_000)).html().isEmpty)
    }

    @Test("plain text has no marks")
    func plain() {
        #expect(Markdown("**急** [链接](/x)").plainText().contains("急 链接"))
    }
}
