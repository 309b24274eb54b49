// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage

/// Marks the numbers of pictures.
public enum Picture: Sendable {}

/// What a page needs to show a picture.
public struct PictureDetails: Sendable, RowDecodable {
    public let id: Int64
    public let alt: String
    public let width: Int
    public let height: Int

    public init(row: Row) throws {
        id = try row["id"]
        alt = try row["alt"]
        width = try row["width"]
        height = try row["height"]
    }
}

/// Pictures in the database: stateless processes share them, and a backup holds them.
public struct PictureStore: Sendable {
    private let database: Database
    private let clock: WallClock

    public init(database: Database, clock: WallClock = .system) {
        self.database = database
        self.clock = clock
    }

    public static let migrations = [
        Migration(
            "media-0001-pictures",
            """
            CREATE TABLE picture (
                id BIGINT PRIMARY KEY,
                alt TEXT NOT NULL,
                width BIGINT NOT NULL,
                height BIGINT NOT NULL,
                created_at BIGINT NOT NULL
            );
            CREATE TABLE picture_size (
                picture_id BIGINT NOT NULL REFERENCES picture (id),
                width BIGINT NOT NULL,
                bytes BLOB NOT NULL,
                PRIMARY KEY (picture_id, width)
            );
            """)
    ]

    /// Keeps a picture. `alt` says what it shows, for those who can't see it.
    public func add(_ picture: PreparedPicture, alt: String, in transaction: Transaction) throws -> ID<Picture> {
        let id = ID<Picture>.next()
        try transaction.run(
            """
            INSERT INTO picture (id, alt, width, height, created_at)
            VALUES (\(id), \(alt), \(picture.width), \(picture.height), \(clock.now()))
            """)
        for (width, bytes) in picture.sizes {
            try transaction.run(
                "INSERT INTO picture_size (picture_id, width, bytes) VALUES (\(id), \(width), \(bytes))")
        }
        return id
    }

    public func remove(_ id: ID<Picture>, in transaction: Transaction) throws {
        try transaction.run("DELETE FROM picture_size WHERE picture_id = \(id)")
        try transaction.run("DELETE FROM picture WHERE id = \(id)")
    }

    /// One size of a picture; nil when there is none.
    public func bytes(of id: ID<Picture>, width: Int) async throws -> [UInt8]? {
        try await database.read {
            try $0.value("SELECT bytes FROM picture_size WHERE picture_id = \(id) AND width = \(width)")
        }
    }

    /// The details of pictures, in the order asked for.
    public func details(_ ids: [Int64]) async throws -> [PictureDetails] {
        guard !ids.isEmpty else { return [] }
        let found = try await database.read {
            try $0.all(
                "SELECT id, alt, width, height FROM picture WHERE id IN \(list: ids)", as: PictureDetails.self)
        }
        return ids.compactMap { id in found.first { $0.id == id } }
    }
}
