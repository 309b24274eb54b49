// SPDX-License-Identifier: AGPL-3.0-or-later
import CSodium
import Foundation

/// The city's master key: 32 random bytes in a file that only its owner can read. Keys for each purpose are derived
/// from it. Whoever loses it loses every sealed column: it is not in the backup of the database.
public struct CityKey: Sendable, CustomStringConvertible {
    private let master: [UInt8]

    /// What a derived key is for. The numbers are stored nowhere but must never change.
    public enum Purpose: UInt64, Sendable {
        case sealing = 1
    }

    init(master: [UInt8]) { self.master = master }

    public var description: String { "CityKey(…)" }

    /// Reads the key, or makes one where there is none.
    public static func file(at path: String) throws(CryptoProblem) -> CityKey {
        _ = Sodium.isReady
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw .keyFile("\(path) can't be opened") }
            return try make(at: path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw .keyFile("\(path) can be read by others: chmod 600 it")
        }
        var bytes = [UInt8](repeating: 0, count: 33)
        guard read(descriptor, &bytes, 33) == 32 else { throw .keyFile("\(path) does not hold 32 bytes") }
        return CityKey(master: Array(bytes.prefix(32)))
    }

    private static func make(at path: String) throws(CryptoProblem) -> CityKey {
        let bytes = RandomBytes.get(32)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .keyFile("\(path) can't be written") }
        defer { close(descriptor) }
        guard write(descriptor, bytes, 32) == 32, fsync(descriptor) == 0 else {
            throw .keyFile("\(path) can't be written")
        }
        return CityKey(master: bytes)
    }

    /// The key for one purpose (libsodium's crypto_kdf, BLAKE2b).
    public func key(for purpose: Purpose) -> [UInt8] {
        var key = [UInt8](repeating: 0, count: 32)
        crypto_kdf_derive_from_key(&key, 32, purpose.rawValue, "precinct", master)
        return key
    }
}
