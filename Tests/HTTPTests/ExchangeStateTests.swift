// SPDX-License-Identifier: AGPL-3.0-or-later
import Testing

@testable import HTTP

@Suite("An exchange between two threads")
struct ExchangeStateTests {
    private func running() -> ExchangeState {
        var state = ExchangeState()
        state.read()
        state.run()
        return state
    }

    @Test("an answer that is there when the task returns is queued at once, without a resume")
    func finishesFirst() {
        var state = running()
        let resumes = state.finish(.text("x"))
        #expect(!resumes)
        guard case .queue = state.returned() else {
            Issue.record("the connection was suspended although the answer was there")
            return
        }
        let again = state.takeAnswer()
        #expect(again == nil)
    }

    @Test("an answer that comes later resumes the connection once, and is taken once")
    func finishesLater() {
        var state = running()
        guard case .suspend = state.returned() else {
            Issue.record("the connection was not suspended")
            return
        }
        let resumes = state.finish(.text("x"))
        #expect(resumes)
        let resumesAgain = state.finish(.text("a second answer"))
        #expect(!resumesAgain)
        let answer = state.takeAnswer()
        #expect(answer?.status == 200)
        let again = state.takeAnswer()
        #expect(again == nil)
    }

    @Test("an answer for a connection that is gone, or has been answered, touches nothing")
    func finishesTooLate() {
        var gone = running()
        _ = gone.returned()
        gone.complete()
        let resumes = gone.finish(.text("x"))
        #expect(!resumes)
        var refused = ExchangeState()
        refused.read()
        refused.queueNow()
        let resumesRefused = refused.finish(.text("x"))
        #expect(!resumesRefused)
    }

    @Test("a client's tokens come back with time, and networks of IPv6 share theirs")
    func fillsBuckets() {
        let limit = RateLimit(perSecond: 2)
        let start = ContinuousClock.now
        for _ in 0..<20 { #expect(limit.wait("2001:db8::1", at: start) == nil) }
        #expect(limit.wait("2001:db8::2", at: start) == 1)
        #expect(limit.wait("2001:db8:0:1::1", at: start) == nil)
        #expect(limit.wait("2001:db8::2", at: start + .seconds(1)) == nil)
        #expect(limit.wait("2001:db8::2", at: start + .seconds(1)) == nil)
        #expect(limit.wait("2001:db8::2", at: start + .seconds(1)) == 1)
        for _ in 0..<100 { #expect(limit.wait("127.0.0.1", at: start) == nil) }
    }
}
