// The expected outputs of the test vectors are read as the study read them. swift test

import Foundation
import XCTest

@testable import ModelKit

final class ReadingTests: XCTestCase {
    func testOutputsOfTheVectorsMeanWhatIsExpected() throws {
        let facts = try Resources.facts()
        for vector in facts.vectors {
            let raw = try zip(vector.inputs, facts.inputs).map { file, input in
                values(try Data(contentsOf: Resources.url(file)), type: input.raw_type)
            }
            for (input, one) in zip(facts.inputs, raw) {
                XCTAssertEqual(input.prepare(one).count, one.count)
            }
            let found = try vector.outputs.map { file in
                values(try Data(contentsOf: Resources.url(file)), type: "float32").map { Float($0) }
            }
            for (answer, expected) in zip(facts.answers(found, raw: raw), vector.answers)
            where answer.kind == "class" || answer.kind == "labels" {
                XCTAssertEqual(answer.classes, expected.classes)
            }
        }
    }
}
