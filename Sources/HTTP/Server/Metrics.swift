// SPDX-License-Identifier: AGPL-3.0-or-later
import Synchronization

/// What the server counts, for Prometheus (text format 0.0.4).
public final class Metrics: Sendable {
    private static let bounds: [Int64] = [1, 5, 10, 50, 100, 500, 1000, 5000]

    private struct State {
        var byClass = [Int](repeating: 0, count: 6)
        var buckets = [Int](repeating: 0, count: Metrics.bounds.count + 1)
        var milliseconds: Double = 0
        var figures: [Figure] = []
    }

    private struct Figure: Sendable {
        let name: String
        let help: String
        let type: String
        let value: @Sendable () -> String
    }

    /// A number that only grows.
    public final class Counter: Sendable {
        private let count = Atomic(0)

        package init() {}

        public func add(_ number: Int = 1) { count.add(number, ordering: .relaxed) }
        public var value: Int { count.load(ordering: .relaxed) }
    }

    private let state = Mutex(State())
    let cutConnections = Counter()
    let refusedConnections = Counter()
    let limitedRequests = Counter()

    init() {
        add(cutConnections, "precinct_connections_cut_total", "Connections cut for taking too long.")
        add(refusedConnections, "precinct_connections_refused_total", "Connections over their address's limit.")
        add(limitedRequests, "precinct_requests_limited_total", "Requests over their client's limit.")
    }

    /// Adds a figure that is asked for at each look.
    public func gauge(_ name: String, _ help: String, _ value: @escaping @Sendable () -> Double) {
        let figure = Figure(name: name, help: help, type: "gauge") { "\(value())" }
        state.withLock { $0.figures.append(figure) }
    }

    /// Adds a number that its holder counts up.
    ///
    /// - Parameter name: ends in `_total`, by Prometheus' custom.
    public func counter(_ name: String, _ help: String) -> Counter {
        let counter = Counter()
        add(counter, name, help)
        return counter
    }

    private func add(_ counter: Counter, _ name: String, _ help: String) {
        let figure = Figure(name: name, help: help, type: "counter") { "\(counter.value)" }
        state.withLock { $0.figures.append(figure) }
    }

    func answered(_ status: Int, in duration: Duration) {
        let milliseconds = duration / .milliseconds(1)
        state.withLock { state in
            state.byClass[min(5, max(0, status / 100))] += 1
            let bucket = Self.bounds.firstIndex { milliseconds <= Double($0) } ?? Self.bounds.count
            state.buckets[bucket] += 1
            state.milliseconds += milliseconds
        }
    }

    /// Everything in Prometheus' text format.
    public func prometheus() -> String {
        let state = state.withLock { $0 }
        var text = "# HELP precinct_requests_total Requests answered, by class of status.\n"
        text += "# TYPE precinct_requests_total counter\n"
        for (index, count) in state.byClass.enumerated() where index > 0 {
            text += "precinct_requests_total{status=\"\(index)xx\"} \(count)\n"
        }
        text += "# HELP precinct_request_seconds Time from the whole request to its answer.\n"
        text += "# TYPE precinct_request_seconds histogram\n"
        var sum = 0
        for (bound, count) in zip(Self.bounds, state.buckets) {
            sum += count
            text += "precinct_request_seconds_bucket{le=\"\(Double(bound) / 1000)\"} \(sum)\n"
        }
        sum += state.buckets[Self.bounds.count]
        text += "precinct_request_seconds_bucket{le=\"+Inf\"} \(sum)\n"
        text += "precinct_request_seconds_sum \(state.milliseconds / 1000)\n"
        text += "precinct_request_seconds_count \(sum)\n"
        for figure in state.figures {
            text += "# HELP \(figure.name) \(figure.help)\n# TYPE \(figure.name) \(figure.type)\n"
            text += "\(figure.name) \(figure.value())\n"
        }
        return text
    }
}
