// SPDX-License-Identifier: AGPL-3.0-or-later

/// Finds what a path leads to.
///
/// Patterns are made of literal segments, `:name` for one segment, `@:name` for one that begins with `@`, and `*name`
/// at the end for the rest. A literal goes before a name.
public struct Router<Handler: Sendable>: Sendable {
    public enum Match: Sendable {
        case found(Handler, PathParameters)
        case methodNotAllowed([Method])
        case notFound
    }

    private struct Node: Sendable {
        var literals: [Substring: Node] = [:]
        var handle: [Node] = []
        var parameter: [Node] = []
        var rest: [Method: Entry] = [:]
        var here: [Method: Entry] = [:]
    }

    private struct Entry: Sendable {
        let handler: Handler
        let names: [String]
    }

    private var root = Node()

    public init() {}

    /// Adds a route. Two routes for one method and pattern are a mistake of the program's.
    public mutating func add(_ method: Method, _ pattern: String, _ handler: Handler) {
        var names: [String] = []
        Self.insert(&root, pattern.split(separator: "/")[...], method, handler, &names, pattern)
    }

    /// What a decoded path leads to. HEAD finds what GET does.
    public func match(_ method: Method, _ path: String) -> Match {
        guard path.utf8.first == UInt8(ascii: "/") else { return .notFound }
        let segments = path == "/" ? [] : path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard !segments.contains("") else { return .notFound }
        var values: [Substring] = []
        var others: Set<Method> = []
        guard let entry = Self.find(root, segments[...], method.lookup, &values, &others) else {
            return others.isEmpty ? .notFound : .methodNotAllowed(Method.allCases.filter { others.contains($0.lookup) })
        }
        return .found(entry.handler, PathParameters(pairs: Array(zip(entry.names, values.map(String.init)))))
    }

    private static func insert(
        _ node: inout Node, _ segments: ArraySlice<Substring>, _ method: Method, _ handler: Handler,
        _ names: inout [String], _ pattern: String
    ) {
        guard let segment = segments.first else {
            precondition(node.here[method] == nil, "two routes for \(method.rawValue) \(pattern)")
            node.here[method] = Entry(handler: handler, names: names)
            return
        }
        if segment.hasPrefix("*") {
            names.append(String(segment.dropFirst()))
            precondition(node.rest[method] == nil, "two routes for \(method.rawValue) \(pattern)")
            node.rest[method] = Entry(handler: handler, names: names)
        } else if segment.hasPrefix(":") {
            names.append(String(segment.dropFirst()))
            if node.parameter.isEmpty { node.parameter = [Node()] }
            insert(&node.parameter[0], segments.dropFirst(), method, handler, &names, pattern)
        } else if segment.hasPrefix("@:") {
            names.append(String(segment.dropFirst(2)))
            if node.handle.isEmpty { node.handle = [Node()] }
            insert(&node.handle[0], segments.dropFirst(), method, handler, &names, pattern)
        } else {
            insert(&node.literals[segment, default: Node()], segments.dropFirst(), method, handler, &names, pattern)
        }
    }

    /// Goes back to a less exact pattern when a more exact one does not have the method.
    ///
    /// - Parameter others: the methods of the patterns that fit.
    private static func find(
        _ node: Node, _ segments: ArraySlice<Substring>, _ method: Method, _ values: inout [Substring],
        _ others: inout Set<Method>
    ) -> Entry? {
        guard let segment = segments.first else {
            others.formUnion(node.here.keys)
            return node.here[method]
        }
        let rest = segments.dropFirst()
        let depth = values.count
        if let next = node.literals[segment], let found = find(next, rest, method, &values, &others) { return found }
        values.removeLast(values.count - depth)
        if let next = node.handle.first, segment.hasPrefix("@"), segment.count > 1 {
            values.append(segment.dropFirst())
            if let found = find(next, rest, method, &values, &others) { return found }
            values.removeLast(values.count - depth)
        }
        if let next = node.parameter.first {
            values.append(segment)
            if let found = find(next, rest, method, &values, &others) { return found }
            values.removeLast(values.count - depth)
        }
        others.formUnion(node.rest.keys)
        guard let entry = node.rest[method] else { return nil }
        values.append(Substring(segments.joined(separator: "/")))
        return entry
    }
}

/// The values that a path has for its pattern's names.
public struct PathParameters: Sendable {
    private let pairs: [(String, String)]

    public init(pairs: [(String, String)] = []) { self.pairs = pairs }

    /// The value of a name as a type.
    ///
    /// - Throws: `HTTPProblem.notFound` when it does not read as one: no such thing can exist.
    public func get<T: LosslessStringConvertible>(_ name: String, as type: T.Type = T.self) throws(HTTPProblem) -> T {
        guard let text = pairs.first(where: { $0.0 == name })?.1, let value = T(text) else { throw .notFound }
        return value
    }
}
