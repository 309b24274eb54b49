// SPDX-License-Identifier: AGPL-3.0-or-later
import Synchronization

/// What the server counts, for Prometheus (text format 0.0.4).
public final class Metrics: Sendable {
    private static let bounds: [Int64] = [1, 5, 10, 50, 100, 500, 1000, 5000]

    private struct State {
        var byClass = [Int](repeating: 0, count: 6)
        var buckets = [Int](repeating: 0, count: Metrics.bounds.count + 1)
        var milliseconds: Double = 0
        var cut = 0
        var refused = 0
        var gauges: [(name: String, help: String, value: @Sendable () -> Double)] = []
    }

    private let state = Mutex(State())

    /// Adds a figure that is asked for at each look.
    public func gauge(_ name: String, _ help: String, _ value: @escaping @Sendable () -> Double) {
        state.withLock { $0.gauges.append((name, help, value)) }
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

    func cut(_ count: Int) { if count > 0 { state.withLock { $0.cut += count } } }
    func refusedConnection() { state.withLock { $0.refused += 1 } }

    /// Everything in Prometheus' text format.
    public func prometheus() -> String {
        let (state, gauges) = state.withLock { ($0, $0.gauges) }
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
        text += "# HELP precinct_connections_cut_total Connections cut for taking too long.\n"
        text += "# TYPE precinct_connections_cut_total counter\nprecinct_connections_cut_total \(state.cut)\n"
        text += "# HELP precinct_connections_refused_total Connections over their address's limit.\n"
        text +=
            "# TYPE precinct_connections_refused_total counter\nprecinct_connections_refused_total \(state.refused)\n"
        for gauge in gauges {
            text += "# HELP \(gauge.name) \(gauge.help)\n# TYPE \(gauge.name) gauge\n\(gauge.name) \(gauge.value())\n"
        }
        return text
    }
}
