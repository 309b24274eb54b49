// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage

/// Something that only a person on a certain duty may do.
public enum Act: String, Sendable, CaseIterable {
    /// See the desk's work page.
    case work
    /// Edit the desk's page and its pictures.
    case editDesk
    /// Create a desk below, vouch for it, withdraw that, change its state.
    case keepDesks
    /// Appoint people to duties and dismiss them.
    case appoint
    /// Change the city's name, languages, colours and numbers.
    case keepCity
}

/// How far a duty reaches.
public enum Reach: Sendable {
    /// The duty's own desk.
    case own
    /// The duty's own desk and all desks below it.
    case ownAndBelow
    /// The desks below the duty's own, not that desk itself.
    case below
    /// Every desk and the city itself.
    case city
}

/// The table of permissions: what each role may do, and how far. There is no other source of rights.
public enum Permissions {
    public static let table: [(role: Role, act: Act, reach: Reach)] = [
        (.officer, .work, .own),
        (.spokesperson, .work, .own),
        (.reviewer, .work, .own),
        (.moderator, .work, .own),
        (.liaison, .work, .own),
        (.administrator, .work, .own),
        (.administrator, .editDesk, .ownAndBelow),
        (.administrator, .keepDesks, .below),
        (.administrator, .appoint, .ownAndBelow),
        (.operator, .editDesk, .city),
        (.operator, .keepDesks, .city),
        (.operator, .appoint, .city),
        (.operator, .keepCity, .city)
    ]

    /// Whether the principal may do something at a desk, given by its path; nil asks for the whole city.
    public static func allow(_ principal: Principal, _ act: Act, at path: String?) -> Bool {
        guard let acting = principal.acting else { return false }
        return table.contains { row in
            row.role == acting.role && row.act == act && reaches(row.reach, from: acting.path, to: path)
        }
    }

    /// Whether any duty of this role may do it anywhere, for a page that is not about one desk.
    public static func mayEver(_ principal: Principal, _ act: Act) -> Bool {
        guard let acting = principal.acting else { return false }
        return table.contains { $0.role == acting.role && $0.act == act }
    }

    private static func reaches(_ reach: Reach, from own: String?, to path: String?) -> Bool {
        if case .city = reach { return true }
        guard let own, let path else { return false }
        switch reach {
        case .city: return true
        case .own: return path == own
        case .ownAndBelow: return path.hasPrefix(own)
        case .below: return path.hasPrefix(own) && path != own
        }
    }

    /// The roles that a principal may appoint people to at a desk. City-wide duties are the operator's to give,
    /// except the overseer: nobody whom the overseer watches may choose the overseer, so the shell does.
    public static func appointable(_ principal: Principal, at path: String?) -> [Role] {
        guard allow(principal, .appoint, at: path) else { return [] }
        return path == nil ? [.operator] : Role.allCases.filter { !$0.isCityWide }
    }
}
