// swift-tools-version:5.9
// The code before and after the model builds with Swift's package manager alone. TensorFlowLiteSwift
// is a CocoaPod: add `pod 'TensorFlowLiteSwift'` to your app, and App/LiteRtModel.swift.

import PackageDescription

let package = Package(
    name: "ModelKit",
    products: [.library(name: "ModelKit", targets: ["ModelKit"])],
    targets: [
        .target(name: "ModelKit", resources: [.copy("Model")]),
        .testTarget(name: "ModelKitTests", dependencies: ["ModelKit"]),
    ]
)
