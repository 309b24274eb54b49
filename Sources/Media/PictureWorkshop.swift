// SPDX-License-Identifier: AGPL-3.0-or-later
import CVips
import Workers

/// Why a file is not taken as a picture.
public enum PictureProblem: Error, Sendable, Equatable {
    /// Not a JPEG, PNG or WebP, whatever its name says.
    case notAPicture
    /// More than 10 MiB.
    case tooLarge
    /// More than 50 megapixels.
    case tooManyPixels
    /// Begins like a picture and then isn't one.
    case broken

    /// The end of the phrase's key.
    public var word: String {
        switch self {
        case .notAPicture: "kind"
        case .tooLarge: "size"
        case .tooManyPixels: "pixels"
        case .broken: "broken"
        }
    }
}

/// A picture made ready: re-encoded, upright, without any of the camera's data, in up to three widths.
public struct PreparedPicture: Sendable {
    public static let contentType = "image/webp"
    public let width: Int
    public let height: Int
    /// By the nominal width; a small picture has its own width under each.
    public let sizes: [(width: Int, bytes: [UInt8])]
}

/// Takes pictures in through libvips, on threads of its own.
public struct PictureWorkshop: Sendable {
    public static let byteLimit = 10 << 20
    public static let pixelLimit = 50_000_000.0
    /// The widths kept, in pixels.
    public static let widths = [320, 800, 1600]
    private static let isStarted = precinct_picture_start() == 0

    private let pool: WorkerPool

    public init(pool: WorkerPool) { self.pool = pool }

    /// Checks and re-encodes a picture.
    ///
    /// - Throws: `PictureProblem`, or `WorkersBusy` when too many wait.
    public func prepare(_ bytes: [UInt8]) async throws -> PreparedPicture {
        guard bytes.count <= Self.byteLimit else { throw PictureProblem.tooLarge }
        guard Self.isPicture(bytes) else { throw PictureProblem.notAPicture }
        return try await pool.run { try Self.encode(bytes) }
    }

    /// Told by the first bytes, never by a name or a claimed type.
    static func isPicture(_ bytes: [UInt8]) -> Bool {
        let isJPEG = bytes.starts(with: [0xFF, 0xD8, 0xFF])
        let isPNG = bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        let isWebP = bytes.starts(with: Array("RIFF".utf8)) && bytes.dropFirst(8).starts(with: Array("WEBP".utf8))
        return isJPEG || isPNG || isWebP
    }

    private static func encode(_ bytes: [UInt8]) throws -> PreparedPicture {
        precondition(isStarted, "libvips does not start")
        var (width, height): (Int32, Int32) = (0, 0)
        try check(precinct_picture_measure(bytes, bytes.count, pixelLimit, &width, &height))
        let sizes = try widths.map { target in
            var result: UnsafeMutableRawPointer?
            var count = 0
            try check(precinct_picture_scale(bytes, bytes.count, Int32(target), 82, &result, &count))
            defer { precinct_picture_free(result) }
            return (target, [UInt8](UnsafeRawBufferPointer(start: result, count: count)))
        }
        return PreparedPicture(width: Int(width), height: Int(height), sizes: sizes)
    }

    private static func check(_ status: precinct_picture_status) throws(PictureProblem) {
        switch status {
        case PRECINCT_PICTURE_OK: return
        case PRECINCT_PICTURE_TOO_MANY_PIXELS: throw .tooManyPixels
        default: throw .broken
        }
    }
}
