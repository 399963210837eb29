// From raw values to what the file takes, and from what it gives to what that means: the same steps
// as when it was measured. What they are stands in model.json.

import Foundation

public struct Scaling: Decodable {
    public let first: Double
    public let subtract: [Double]
    public let divide: [Double]
    public let in_double: Bool
    public let reverse_channels: Bool
    public let by_itself: Bool

    /// ((x / first) - subtract) / divide, each step rounded to Float, or only the last one.
    public func apply(_ raw: [Double], shape: [Int]) -> [Double] {
        if by_itself {
            let mean = raw.reduce(0, +) / Double(raw.count)
            let squares = raw.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let spread = max((squares / Double(raw.count)).squareRoot(), 1e-7)
            return raw.map { Double(Float(($0 - mean) / spread)) }
        }
        let channels = shape.last ?? 1
        return raw.indices.map { at in
            let channel = at % channels
            let from = reverse_channels ? at - channel + (channels - 1 - channel) : at
            let less = subtract[at % subtract.count]
            let over = divide[at % divide.count]
            if in_double { return Double(Float((raw[from] / first - less) / over)) }
            let apart = Float(raw[from]) / Float(first) - Float(less)
            return Double(apart / Float(over))
        }
    }
}

public struct Input: Decodable {
    public let input: String
    public let place: Int
    public let shape: [Int]
    public let type: String
    public let scale: Double
    public let zero_point: Int
    public let raw_shape: [Int]
    public let raw_type: String
    public let takes: String
    public let scaling: Scaling?

    /// The values that the file takes; whole numbers where it takes integers.
    public func prepare(_ raw: [Double]) -> [Double] {
        precondition(raw.count == raw_shape.reduce(1, *), "\(input) takes \(raw_shape)")
        let scaled = scaling?.apply(raw, shape: raw_shape) ?? raw
        let (low, high) = limits(of: type)
        let step = Float(scale)
        return scaled.map { value in
            let real = takes.hasPrefix("float") ? Double(Float(value)) : value
            if step == 0 { return real }
            let stored = (Float(real) / step).rounded(.toNearestOrEven) + Float(zero_point)
            return min(max(Double(stored), low), high)
        }
    }
}

public struct Output: Decodable {
    public let output: String
    public let place: Int
    public let shape: [Int]
    public let type: String
    public let scale: Double
    public let zero_point: Int
    public let tolerance: Float

    /// What stored values stand for.
    public func read(_ stored: [Float]) -> [Float] {
        if scale == 0 { return stored }
        return stored.map { ($0 - Float(zero_point)) * Float(scale) }
    }
}

public struct Reading: Decodable {
    public let output: Int
    public let kind: String
    public let labels: [String]
    public let threshold: Double?
    public let class_axis: Int?
    public let error: String?
    public let rebuilds: Int?
    public let target: Scaling?
}

public struct Expected: Decodable {
    public let classes: [Int]
    public let score: Double?
}

public struct Vector: Decodable {
    public let sample: Int
    public let inputs: [String]
    public let outputs: [String]
    public let answers: [Expected]
}

/// What one output means.
public struct Answer {
    public let output: String
    public let kind: String
    public let values: [Float]
    public var label = ""
    public var score: Double?
    public var classes: [Int] = []
}

public struct ModelFacts: Decodable {
    public let file: String
    public let inputs: [Input]
    public let outputs: [Output]
    public let readings: [Reading]
    public let vectors: [Vector]

    /// What the outputs of one sample mean.
    public func answers(_ found: [[Float]], raw: [[Double]]) -> [Answer] {
        readings.map { reading in
            let values = found[reading.output]
            let threshold = Float(reading.threshold ?? 0)
            var answer = Answer(
                output: outputs[reading.output].output, kind: reading.kind, values: values)
            switch reading.kind {
            case "class":
                let best = largest(values.count) { values[$0] }
                let at = values.count > 1 ? best : (values[0] > threshold ? 1 : 0)
                answer.score = Double(values[best])
                answer.classes = [at]
                answer.label = reading.labels[at]
            case "labels":
                answer.classes = values.indices.filter { values[$0] > threshold }
                answer.label = answer.classes.map { reading.labels[$0] }.joined(separator: ", ")
            case "positions":
                answer.classes = positions(reading, values, threshold)
            case "anomaly":
                let error = errorOfRebuilding(reading, values, raw[reading.rebuilds ?? 0])
                answer.score = error
                answer.classes = [error > (reading.threshold ?? 0) ? 1 : 0]
                answer.label = ["normal", "anomaly"][answer.classes[0]]
            default:
                break
            }
            return answer
        }
    }

    private func positions(_ reading: Reading, _ values: [Float], _ threshold: Float) -> [Int] {
        guard let axis = reading.class_axis else { return values.map { $0 > threshold ? 1 : 0 } }
        let shape = outputs[reading.output].shape
        let count = shape[axis]
        let stride = shape[(axis + 1)...].reduce(1, *)
        return (0..<values.count / count).map { position in
            let first = position / stride * stride * count + position % stride
            return largest(count) { values[first + $0 * stride] }
        }
    }

    private func errorOfRebuilding(
        _ reading: Reading, _ values: [Float], _ raw: [Double]
    ) -> Double {
        let shape = inputs[reading.rebuilds ?? 0].raw_shape
        let target = reading.target?.apply(raw, shape: shape) ?? raw
        let errors = values.indices.map { at -> Double in
            let apart = Double(values[at]) - Double(Float(target[at]))
            return reading.error == "mse" ? apart * apart : abs(apart)
        }
        return errors.reduce(0, +) / Double(errors.count)
    }
}

/// The first of `count` places with the largest value.
private func largest(_ count: Int, _ value: (Int) -> Float) -> Int {
    (1..<max(count, 1)).reduce(0) { value($1) > value($0) ? $1 : $0 }
}

private func limits(of type: String) -> (Double, Double) {
    switch type {
    case "uint8": return (0, 255)
    case "int8": return (-128, 127)
    case "int16": return (-32768, 32767)
    default: return (-2_147_483_648, 2_147_483_647)
    }
}

/// Values of a file or a tensor, little-endian, of one of model.json's types.
public func values(_ data: Data, type: String) -> [Double] {
    func all<T>(_: T.Type, _ value: (T) -> Double) -> [Double] {
        data.withUnsafeBytes { bytes in
            (0..<bytes.count / MemoryLayout<T>.size).map {
                value(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self))
            }
        }
    }
    switch type {
    case "float32": return all(Float.self) { Double($0) }
    case "float64": return all(Double.self) { $0 }
    case "uint8": return all(UInt8.self) { Double($0) }
    case "int8": return all(Int8.self) { Double($0) }
    case "uint16": return all(UInt16.self) { Double($0) }
    case "int16": return all(Int16.self) { Double($0) }
    case "uint32": return all(UInt32.self) { Double($0) }
    case "int32": return all(Int32.self) { Double($0) }
    case "uint64": return all(UInt64.self) { Double($0) }
    default: return all(Int64.self) { Double($0) }
    }
}

/// The bytes of prepared values, as a tensor of this type has them.
public func bytes(_ values: [Double], type: String) -> Data {
    func all<T>(_ value: (Double) -> T) -> Data {
        values.map(value).withUnsafeBytes { Data($0) }
    }
    switch type {
    case "float32": return all { Float($0) }
    case "uint8": return all { UInt8($0) }
    case "int8": return all { Int8($0) }
    case "int16": return all { Int16($0) }
    case "int32": return all { Int32($0) }
    default: return all { Int64($0) }
    }
}
