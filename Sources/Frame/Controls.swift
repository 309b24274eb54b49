// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTP
import Markup

/// What is wrong with a submitted form, field by field, in the order of the fields.
public struct FieldProblems: Sendable {
    public private(set) var list: [(field: String, text: String)] = []

    public init() {}

    public var isEmpty: Bool { list.isEmpty }

    public mutating func add(_ field: String, _ text: String) {
        // One problem a field is enough to mend it.
        if self[field] == nil { list.append((field, text)) }
    }

    public subscript(field: String) -> String? { list.first { $0.field == field }?.text }
}

/// One control of a form, with its label, hint and problem.
public struct Field: Sendable {
    public var name: String
    public var label: String
    public var hint: String?
    public var value: String
    public var type: String
    public var autocomplete: String?
    public var inputMode: String?
    public var maxLength: Int?
    public var isOptional: Bool
    public var language: String?

    public init(
        _ name: String, _ label: String, value: String = "", type: String = "text", hint: String? = nil,
        autocomplete: String? = nil, inputMode: String? = nil, maxLength: Int? = nil, isOptional: Bool = false,
        language: String? = nil
    ) {
        self.name = name
        self.label = label
        self.value = value
        self.type = type
        self.hint = hint
        self.autocomplete = autocomplete
        self.inputMode = inputMode
        self.maxLength = maxLength
        self.isOptional = isOptional
        self.language = language
    }
}

/// Draws forms.
public struct Controls: Sendable {
    private let words: Words
    private let problems: FieldProblems

    public init(_ words: Words, _ problems: FieldProblems = FieldProblems()) {
        self.words = words
        self.problems = problems
    }

    /// The list of what is to be mended, at the top of the form; each entry leads to its field.
    public var summary: HTML {
        guard !problems.isEmpty else { return .empty }
        return """
            <div class="summary" role="alert"><h2>\(words("form.problems"))</h2><ul>
            \(each(problems.list) { problem in
                problem.field.isEmpty
                    ? "<li>\(problem.text)</li>" : "<li><a href=\"#f-\(problem.field)\">\(problem.text)</a></li>"
            })</ul></div>
            """
    }

    /// A line of input.
    public func input(_ field: Field) -> HTML {
        frame(field) { described in
            """
            <input id="f-\(field.name)" name="\(field.name)" type="\(field.type)" value="\(field.value)"\
            \(attr: "autocomplete", field.autocomplete)\(attr: "inputmode", field.inputMode)\
            \(attr: "maxlength", field.maxLength.map(String.init))\(attr: "lang", field.language)\
            \(flag: "required", !field.isOptional)\(attr: "aria-describedby", described)\
            \(attr: "aria-invalid", problems[field.name] == nil ? nil : "true")>
            """
        }
    }

    /// Several lines of input.
    public func area(_ field: Field, rows: Int = 4) -> HTML {
        frame(field) { described in
            """
            <textarea id="f-\(field.name)" name="\(field.name)" rows="\(rows)"\
            \(attr: "maxlength", field.maxLength.map(String.init))\(attr: "lang", field.language)\
            \(flag: "required", !field.isOptional)\(attr: "aria-describedby", described)\
            \(attr: "aria-invalid", problems[field.name] == nil ? nil : "true")>
            \(field.value)</textarea>
            """
        }
    }

    /// A choice from a list.
    public func select(_ field: Field, _ options: [(value: String, label: String)]) -> HTML {
        frame(field) { described in
            """
            <select id="f-\(field.name)" name="\(field.name)"\(attr: "aria-describedby", described)\
            \(attr: "aria-invalid", problems[field.name] == nil ? nil : "true")>
            \(each(options) { option in
                "<option value=\"\(option.value)\"\(flag: "selected", option.value == field.value)>\(option.label)</option>"
            })</select>
            """
        }
    }

    private func frame(_ field: Field, _ control: (String?) -> HTML) -> HTML {
        let problem = problems[field.name]
        let described = [
            field.hint.map { _ in "f-\(field.name)-hint" }, problem.map { _ in "f-\(field.name)-problem" }
        ].compactMap { $0 }.joined(separator: " ")
        let missing: HTML = when(field.isOptional) { "<span class=\"quiet\">\(words("form.optional"))</span>" }
        return """
            <div\(attr: "class", problem == nil ? "field" : "field wrong")>
            <label for="f-\(field.name)">\(field.label) \(missing)</label>
            \(some(field.hint) { "<p class=\"hint\" id=\"f-\(field.name)-hint\">\($0)</p>" })
            \(some(problem) { "<p class=\"problem\" id=\"f-\(field.name)-problem\">\($0)</p>" })
            \(control(described.isEmpty ? nil : described))
            </div>
            """
    }
}
