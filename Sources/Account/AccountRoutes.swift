// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP

extension AccountSlice {
    /// Every route of the slice, and who may use it.
    public var routes: [Route] { publicRoutes + ownRoutes + deskRoutes + cityRoutes }

    private var publicRoutes: [Route] {
        [
            .get("/", .everyone, cached: true, home),
            .get("/desks", .everyone, cached: true, deskTree),
            .get("/search", .everyone, search),
            .get("/stations", .everyone, stations),
            .get("/@:handle", .everyone, cached: true, deskPage),
            .get("/@:handle/history", .everyone, cached: true, deskHistory),
            .get("/pictures/:picture/:width", .everyone, picture),
            .get("/live", .everyone, live),
            .get("/live/events", .everyone, liveEvents),
            .get("/live.json", .everyone, journalExport),
            .get("/register", .everyone, registerForm),
            .post("/register", .everyone, register),
            .get("/sign-in", .everyone, signInForm),
            .post("/sign-in", .everyone, startSession),
            .get("/sign-in/code", .everyone, codeForm),
            .post("/sign-in/code", .everyone, confirmCode)
        ]
    }

    private var ownRoutes: [Route] {
        [
            .post("/sign-out", .signedIn, signOut),
            .get("/account", .signedIn, ownAccount),
            .post("/account/sessions/:session/end", .signedIn, endSession),
            .post("/account/sessions/end-others", .signedIn, endOtherSessions),
            .get("/account/password", .signedIn, passwordForm),
            .post("/account/password", .signedIn, changePassword),
            .get("/account/second-factor", .signedIn, secondFactor),
            .post("/account/second-factor", .signedIn, confirmSecondFactor),
            .post("/account/second-factor/remove", .signedIn, removeSecondFactor),
            .post("/account/second-factor/codes", .signedIn, renewCodes),
            .get("/account/export", .signedIn, exportData),
            .get("/account/delete", .signedIn, deleteForm),
            .post("/account/delete", .signedIn, deleteAccount),
            .get("/duty", .holdsDuty, chooseDuty),
            .post("/duty", .holdsDuty, takeDuty),
            .post("/duty/leave", .signedIn, leaveDuty)
        ]
    }

    private var deskRoutes: [Route] {
        [
            .get("/@:handle/work", .atDesk(.work), work),
            .get("/@:handle/edit", .atDesk(.editDesk), editForm),
            .post("/@:handle/edit", .atDesk(.editDesk), edit),
            .post("/@:handle/hours", .atDesk(.editDesk), changeHours),
            .post("/@:handle/places", .atDesk(.editDesk), changePlaces),
            .post("/@:handle/pictures", .atDesk(.editDesk), body: .multipart(limit: (10 << 20) + 65_536), addPicture),
            .post("/@:handle/pictures/remove", .atDesk(.editDesk), removePicture),
            .get("/@:handle/children", .belowDesk(.keepDesks), children),
            .post("/@:handle/children", .belowDesk(.keepDesks), createChild),
            .post("/@:handle/vouch", .atDesk(.keepDesks), vouch),
            .post("/@:handle/unvouch", .atDesk(.keepDesks), unvouch),
            .post("/@:handle/state", .atDesk(.keepDesks), changeState),
            .get("/@:handle/people", .atDesk(.appoint), people),
            .post("/@:handle/people", .atDesk(.appoint), appoint),
            .post("/@:handle/people/:duty/dismiss", .atDesk(.appoint), dismiss)
        ]
    }

    private var cityRoutes: [Route] {
        [
            .get("/city", .cityWide(.keepCity), cityForm),
            .post("/city", .cityWide(.keepCity), changeCity),
            .post("/city/people", .cityWide(.keepCity), appointForCity),
            .post("/city/people/:duty/dismiss", .cityWide(.keepCity), dismissFromCity)
        ]
    }
}
