// What lies in the folder Model of the package: the file, model.json and the test vectors.

import Foundation

public enum Resources {
    public static func url(_ name: String) -> URL {
        Bundle.module.bundleURL.appendingPathComponent("Model").appendingPathComponent(name)
    }

    public static func facts() throws -> ModelFacts {
        try JSONDecoder().decode(ModelFacts.self, from: Data(contentsOf: url("model.json")))
    }
}
