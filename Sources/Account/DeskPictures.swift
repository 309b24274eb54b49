// SPDX-License-Identifier: AGPL-3.0-or-later
import Frame
import HTTP
import Identity
import Media
import Storage

extension AccountSlice {
    static let pictureLimit = 6

    /// Takes a picture in: it is re-encoded before anything of it is kept.
    @Sendable func addPicture(_ visit: Visit) async throws -> Reply {
        let handle = try visit.handle
        let form = try visit.form()
        let alt = form.text("alt")
        guard let upload = form.upload("picture"), upload.size > 0 else {
            return .seeOther("/@\(handle)/edit", saying: "picture.error.missing")
        }
        guard !alt.isEmpty, alt.count <= 200 else { return .seeOther("/@\(handle)/edit", saying: "picture.error.alt") }
        let prepared: PreparedPicture
        do {
            prepared = try await workshop.prepare(try upload.bytes())
        } catch let problem as PictureProblem {
            return .seeOther("/@\(handle)/edit", saying: "picture.error.\(problem.word)")
        }
        let desk = try await directory.desk(handle)
        guard desk.pictures.count < Self.pictureLimit else {
            return .seeOther("/@\(handle)/edit", saying: "picture.error.many")
        }
        let principal = visit.principal
        let (directory, pictures) = (self.directory, self.pictures)
        try await database.write { transaction in
            let id = try pictures.add(prepared, alt: alt, in: transaction)
            try directory.show(desk.pictures + [id.rawValue], on: handle, by: principal, in: transaction)
        }
        return .seeOther("/@\(handle)/edit", saying: "picture.saved")
    }

    @Sendable func removePicture(_ visit: Visit) async throws -> Reply {
        let handle = try visit.handle
        guard let id = Int64(try visit.form().text("picture")) else { throw HTTPProblem.notFound }
        let desk = try await directory.desk(handle)
        guard desk.pictures.contains(id) else { throw HTTPProblem.notFound }
        let principal = visit.principal
        let (directory, pictures) = (self.directory, self.pictures)
        try await database.write { transaction in
            try directory.show(desk.pictures.filter { $0 != id }, on: handle, by: principal, in: transaction)
            try pictures.remove(ID<Picture>(rawValue: id), in: transaction)
        }
        return .seeOther("/@\(handle)/edit", saying: "picture.removed")
    }

    /// One size of a picture. A picture never changes, so browsers may keep it.
    @Sendable func picture(_ visit: Visit) async throws -> Reply {
        let id: ID<Picture> = try visit.parameters.get("picture")
        let width: Int = try visit.parameters.get("width")
        guard let bytes = try await pictures.bytes(of: id, width: width) else { throw HTTPProblem.notFound }
        var response = Response.bytes(bytes, type: PreparedPicture.contentType)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return .response(response)
    }
}
