// The model in TensorFlowLiteSwift, from raw values to what they mean:
//
//   let model = try LiteRtModel()
//   let answer = try model.predict([pixels])[0]
//   print(answer.label, answer.score ?? 0)

import Foundation
import ModelKit
import TensorFlowLite

public final class LiteRtModel {
    public let facts: ModelFacts
    private let interpreter: Interpreter

    public init() throws {
        facts = try Resources.facts()
        var options = Interpreter.Options()
        options.threadCount = 1
        interpreter = try Interpreter(
            modelPath: Resources.url(facts.file).path, options: options)
        for input in facts.inputs {
            try interpreter.resizeInput(at: input.place, to: Tensor.Shape(input.shape))
        }
        try interpreter.allocateTensors()
    }

    /// What the model says of one sample: for each input its raw values, as they come.
    public func predict(_ raw: [[Double]]) throws -> [Answer] {
        facts.answers(try run(raw), raw: raw)
    }

    /// All outputs of one sample.
    public func run(_ raw: [[Double]]) throws -> [[Float]] {
        for (input, one) in zip(facts.inputs, raw) {
            let fed = bytes(input.prepare(one), type: input.type)
            try interpreter.copy(fed, toInputAt: input.place)
        }
        try interpreter.invoke()
        return try facts.outputs.map { output in
            let data = try interpreter.output(at: output.place).data
            return output.read(values(data, type: output.type).map { Float($0) })
        }
    }

    /// Runs the test vectors; for each how far its outputs are off, and whether that is allowed.
    public func testVectors() throws -> [(off: [Float], asExpected: Bool)] {
        try facts.vectors.map { vector in
            let raw = try zip(vector.inputs, facts.inputs).map { file, input in
                values(try Data(contentsOf: Resources.url(file)), type: input.raw_type)
            }
            let found = try run(raw)
            let off = try zip(vector.outputs, found).map { file, output -> Float in
                let expected = values(try Data(contentsOf: Resources.url(file)), type: "float32")
                return zip(output, expected).map { abs($0 - Float($1)) }.max() ?? 0
            }
            let near = zip(off, facts.outputs).allSatisfy { $0 <= $1.tolerance }
            let same = zip(facts.answers(found, raw: raw), vector.answers).allSatisfy {
                !["class", "anomaly"].contains($0.kind) || $0.classes == $1.classes
            }
            return (off, near && same)
        }
    }
}
