// SPDX-License-Identifier: AGPL-3.0-or-later
import CMarkdown

/// Text in Markdown, read by cmark-gfm (GitHub Flavored Markdown 0.29) with raw HTML off.
///
/// Links are checked as everywhere (`SafeURL`), pictures come from this site alone, and headings begin at the second
/// level, so that a page keeps its one first heading.
public struct Markdown: Sendable {
    public let text: String

    /// - Parameter text: at most `limit` bytes are read.
    public init(_ text: String, limit: Int = 1 << 20) {
        self.text = text.utf8.count <= limit ? text : String(decoding: text.utf8.prefix(limit), as: UTF8.self)
    }

    /// The text as a piece of a page.
    public func html() -> HTML {
        Self.withTree(text) { root, extensions in
            Self.tidy(root)
            guard let rendered = cmark_render_html(root, Self.options, extensions) else { return .empty }
            defer { cmark_get_default_mem_allocator().pointee.free(rendered) }
            return "\(unsafeRaw: String(cString: rendered))"
        }
    }

    /// The words alone, for previews and messages.
    public func plainText() -> String {
        Self.withTree(text) { root, _ in
            guard let rendered = cmark_render_plaintext(root, Self.options, 0) else { return "" }
            defer { cmark_get_default_mem_allocator().pointee.free(rendered) }
            return String(cString: rendered)
        }
    }

    private static let options = CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE
    private static let registered: Void = cmark_gfm_core_extensions_ensure_registered()

    private static func withTree<T>(
        _ text: String, _ body: (OpaquePointer, UnsafeMutablePointer<cmark_llist>?) -> T
    ) -> T where T: Empty {
        _ = registered
        guard let parser = cmark_parser_new(options) else { return T() }
        defer { cmark_parser_free(parser) }
        for name in ["table", "strikethrough", "autolink"] {
            if let found = cmark_find_syntax_extension(name) { cmark_parser_attach_syntax_extension(parser, found) }
        }
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
        }
        guard let root = cmark_parser_finish(parser) else { return T() }
        defer { cmark_node_free(root) }
        return body(root, cmark_parser_get_syntax_extensions(parser))
    }

    private static func tidy(_ root: OpaquePointer) {
        guard let walk = cmark_iter_new(root) else { return }
        defer { cmark_iter_free(walk) }
        while true {
            let event = cmark_iter_next(walk)
            if event == CMARK_EVENT_DONE { return }
            guard event == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(walk) else { continue }
            switch cmark_node_get_type(node) {
            case CMARK_NODE_HEADING:
                cmark_node_set_heading_level(node, min(6, cmark_node_get_heading_level(node) + 1))
            case CMARK_NODE_LINK:
                if SafeURL.check(address(node)) == nil { cmark_node_set_url(node, "#") }
            case CMARK_NODE_IMAGE:
                let address = address(node)
                if !SafeURL.isOwnPlace(address) || !address.hasPrefix("/") { cmark_node_set_url(node, "") }
            default: break
            }
        }
    }

    private static func address(_ node: OpaquePointer) -> String {
        cmark_node_get_url(node).map { String(cString: $0) } ?? ""
    }
}

/// What an unreadable text becomes.
protocol Empty { init() }
extension String: Empty {}
extension HTML: Empty {
    public init() { self = .empty }
}
