// SPDX-License-Identifier: AGPL-3.0-or-later
import CVips
import Foundation
import Media
import Storage
import TestWorld
import Testing
import Workers

@Suite struct PictureTests {
    static let workshop = PictureWorkshop(pool: WorkerPool(name: "t", threads: 1, queue: 50))

    private static let isStarted = precinct_picture_start() == 0

    /// A picture of our own making.
    static func png(_ width: Int, _ height: Int) -> [UInt8] {
        let pixels = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255) }
        _ = isStarted
        var result: UnsafeMutableRawPointer?
        var count = 0
        _ = precinct_picture_encode_png(pixels, Int32(width), Int32(height), &result, &count)
        defer { precinct_picture_free(result) }
        return [UInt8](UnsafeRawBufferPointer(start: result, count: count))
    }

    @Test("a picture is kept in three widths, never larger than it was")
    func sizes() async throws {
        let picture = try await Self.workshop.prepare(Self.png(1000, 500))
        #expect(picture.width == 1000 && picture.height == 500)
        #expect(picture.sizes.map(\.width) == [320, 800, 1600])
        #expect(picture.sizes.allSatisfy { $0.bytes.starts(with: Array("RIFF".utf8)) })
        let again = try await Self.workshop.prepare(picture.sizes[2].bytes)
        #expect(again.width == 1000)
        #expect(try await Self.workshop.prepare(picture.sizes[0].bytes).width == 320)
    }

    @Test("nothing of the camera's notes is kept")
    func metadata() async throws {
        var jpeg: [UInt8] = Self.png(40, 30)
        // A text chunk with a place, right after the header chunk of the PNG.
        let note = Array("tEXtComment\u{0}GPS 36.65,117.12".utf8)
        var chunk = withUnsafeBytes(of: UInt32(note.count - 4).bigEndian) { Array($0) } + note
        chunk += withUnsafeBytes(of: Self.crc(note).bigEndian) { Array($0) }
        jpeg.insert(contentsOf: chunk, at: 33)
        let picture = try await Self.workshop.prepare(jpeg)
        for (_, bytes) in picture.sizes { #expect(bytes.firstRange(of: Array("GPS".utf8)) == nil) }
    }

    @Test(
        "what is no picture is refused, whatever it says of itself",
        arguments: [
            Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8), Array("%PDF-1.7".utf8), [], [0xFF, 0xD8],
            Array("GIF89a".utf8)
        ] as [[UInt8]])
    func notPictures(bytes: [UInt8]) async {
        await #expect(throws: PictureProblem.notAPicture) { _ = try await Self.workshop.prepare(bytes) }
    }

    @Test("a broken picture is refused", arguments: [50, 200, 1000])
    func broken(length: Int) async {
        let whole = Self.png(200, 200)
        await #expect(throws: PictureProblem.broken) {
            _ = try await Self.workshop.prepare(Array(whole.prefix(length)))
        }
    }

    @Test("a header that claims a gigapixel is refused before anything is decoded")
    func bomb() async {
        var bytes = Self.png(10, 10)
        let size = withUnsafeBytes(of: UInt32(40_000).bigEndian) { Array($0) }
        bytes.replaceSubrange(16..<24, with: size + size)
        let crc = withUnsafeBytes(of: Self.crc(Array(bytes[12..<29])).bigEndian) { Array($0) }
        bytes.replaceSubrange(29..<33, with: crc)
        await #expect(throws: PictureProblem.tooManyPixels) { _ = try await Self.workshop.prepare(bytes) }
        await #expect(throws: PictureProblem.tooLarge) {
            _ = try await Self.workshop.prepare([UInt8](repeating: 0xFF, count: (10 << 20) + 1))
        }
    }

    @Test("pictures go into the database and come out", arguments: TestDatabase.kinds)
    func store(kind: TestDatabase) async throws {
        let database = try await kind.open(PictureStore.migrations)
        let store = PictureStore(database: database)
        let picture = try await Self.workshop.prepare(Self.png(400, 300))
        let id = try await database.write { try store.add(picture, alt: "积水路段", in: $0) }
        #expect(try await store.bytes(of: id, width: 320) == picture.sizes[0].bytes)
        #expect(try await store.bytes(of: id, width: 321) == nil)
        #expect(try await store.details([id.rawValue]).first?.alt == "积水路段")
        try await database.write { try store.remove(id, in: $0) }
        #expect(try await store.bytes(of: id, width: 320) == nil)
        await database.close()
    }

    /// CRC-32 as PNG has it (ISO/IEC 15948, annex D).
    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}

@Suite struct QRCodeTests {
    @Test("a code is a square drawing with a name, and too much text is refused")
    func drawing() throws {
        let svg = try QRCode("otpauth://totp/x?secret=ABC").svg(title: "二维码").description
        #expect(svg.contains("role=\"img\" aria-label=\"二维码\"") && !svg.contains("style="))
        #expect(throws: QRCode.TooLong.self) { _ = try QRCode(String(repeating: "x", count: 5000)) }
    }
}
