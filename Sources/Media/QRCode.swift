// SPDX-License-Identifier: AGPL-3.0-or-later
import CQRCode
import Markup

/// A QR code (ISO/IEC 18004), drawn as SVG.
public struct QRCode: Sendable {
    private let width: Int
    private let dark: [Bool]

    public struct TooLong: Error {}

    /// - Parameter text: at most some 2,300 bytes, at the medium level of error correction.
    public init(_ text: String) throws(TooLong) {
        guard let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { throw TooLong() }
        defer { QRcode_free(code) }
        width = Int(code.pointee.width)
        // The lowest bit of each module tells dark from light (qrencode.h).
        dark = UnsafeBufferPointer(start: code.pointee.data, count: width * width).map { $0 & 1 == 1 }
    }

    /// The code with the quiet zone of four modules that the standard asks for. Always dark on light, whatever the
    /// page's colours: scanners need it so.
    public func svg(title: String) -> HTML {
        let side = width + 8
        var path = ""
        for row in 0..<width {
            for column in 0..<width where dark[row * width + column] {
                path += "M\(column + 4) \(row + 4)h1v1h-1z"
            }
        }
        return """
            <svg class="qr-code" role="img" aria-label="\(title)" viewBox="0 0 \(side) \(side)" width="240" height="240" shape-rendering="crispEdges"><rect width="\(side)" height="\(side)" fill="#fff"/><path d="\(path)" fill="#000"/></svg>
            """
    }
}
