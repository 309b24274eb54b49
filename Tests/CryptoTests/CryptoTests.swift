// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import Foundation
import Testing
import Workers

@Suite struct CryptoTests {
    @Test(
        "codes are those of RFC 6238, appendix B",
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
            (2_000_000_000, "279037"), (20_000_000_000, "353130")
        ] as [(Int64, String)])
    func totpVectors(seconds: Int64, code: String) {
        #expect(TOTP(secret: Array("12345678901234567890".utf8)).code(at: seconds) == code)
    }

    @Test("a code works once, and a step to either side")
    func totpWindow() {
        let totp = TOTP(secret: TOTP.newSecret())
        let code = totp.code(at: 3000)
        #expect(totp.verify(code, at: 3000, after: nil) == 100)
        #expect(totp.verify(code, at: 3030, after: nil) == 100)
        #expect(totp.verify(code, at: 2970, after: nil) == 100)
        #expect(totp.verify(code, at: 3060, after: nil) == nil)
        #expect(totp.verify(code, at: 3000, after: 100) == nil)
        #expect(totp.verify("12345", at: 3000, after: nil) == nil)
    }

    @Test("base 32 goes there and back, and knows RFC 4648's vectors")
    func base32() {
        #expect(Base32.encode(Array("foobar".utf8)) == "MZXW6YTBOI")
        #expect(Base32.decode("MZXW 6YTB OI======") == Array("foobar".utf8))
        #expect(Base32.decode("MZXW1") == nil)
        for count in 0..<40 {
            let bytes = RandomBytes.get(count)
            #expect(Base32.decode(Base32.encode(bytes)) == bytes)
        }
    }

    @Test("SHA-256 of abc is the standard's")
    func sha256() {
        #expect(
            Digest.hex(Digest.sha256(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("a sealed value opens for its place alone, and not when a bit was changed")
    func sealing() throws {
        let sealer = Sealer(key: RandomBytes.get(32))
        let sealed = sealer.seal("清泉 x@y.z", context: "person.email:1")
        #expect(try sealer.open(sealed, context: "person.email:1") == "清泉 x@y.z")
        #expect(throws: CryptoProblem.notOurs) { try sealer.open(sealed, context: "person.email:2") }
        #expect(throws: CryptoProblem.notOurs) {
            try Sealer(key: RandomBytes.get(32)).open(sealed, context: "person.email:1")
        }
        for place in sealed.indices {
            var changed = sealed
            changed[place] ^= 1
            #expect(throws: CryptoProblem.notOurs) { try sealer.open(changed, context: "person.email:1") }
        }
        #expect(throws: CryptoProblem.notOurs) { try sealer.open([1, 2, 3], context: "") }
    }

    @Test("a password verifies, another one doesn't, and two hashes differ")
    func passwords() async throws {
        let pool = WorkerPool(name: "t", threads: 1, queue: 10)
        let passwords = Passwords(pool: pool, cost: .test)
        let hash = try await passwords.hash("一句很长的密码")
        #expect(try await passwords.verify("一句很长的密码", hash))
        #expect(try await !passwords.verify("一句很长的密碼", hash))
        #expect(try await passwords.hash("一句很长的密码") != hash)
        #expect(!passwords.needsRehash(hash))
        #expect(Passwords(pool: pool, cost: .interactive).needsRehash(hash))
        pool.shutdown()
    }

    @Test("the key file is made once, for its owner alone, and refused when others can read it")
    func keyFile() throws {
        let path = NSTemporaryDirectory() + "/key-\(UUID().uuidString)"
        let first = try CityKey.file(at: path).key(for: .sealing)
        #expect(try CityKey.file(at: path).key(for: .sealing) == first)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: CryptoProblem.self) { try CityKey.file(at: path) }
    }

    @Test("secrets don't print")
    func redaction() {
        let key = RandomBytes.get(32)
        #expect("\(Sealer(key: key))" == "Sealer(…)")
        #expect("\(TOTP(secret: key))" == "TOTP(…)")
    }

    @Test("a recovery code is the same code in any spelling")
    func recovery() {
        let code = RecoveryCode.random()
        #expect(RecoveryCode.digest(code) == RecoveryCode.digest(code.uppercased().replacing("-", with: " ")))
        #expect(RecoveryCode.digest(code) != RecoveryCode.digest(RecoveryCode.random()))
    }
}
