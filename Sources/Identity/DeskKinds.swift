// SPDX-License-Identifier: AGPL-3.0-or-later
import Journal

/// What happens to desks, duties and the city, as the journal names it.
extension EntryKind {
    public static let deskCreated = EntryKind("desk.created")
    public static let deskEdited = EntryKind("desk.edited")
    public static let deskPictured = EntryKind("desk.picture")
    public static let deskVouched = EntryKind("desk.vouched")
    public static let deskUnvouched = EntryKind("desk.unvouched")
    public static let deskState = EntryKind("desk.state")
    public static let dutyAppointed = EntryKind("duty.appointed")
    public static let dutyDismissed = EntryKind("duty.dismissed")
    public static let cityChanged = EntryKind("city.changed")
}
