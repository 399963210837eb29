plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
}

android {
    namespace = "org.liteweigh.model"
    compileSdk = 35
    defaultConfig {
        applicationId = "org.liteweigh.model"
        minSdk = 26
        targetSdk = 35
        versionCode = 1
        versionName = "1"
        testInstrumentationRunner = "androidx.test.runner.AndroidJUnitRunner"
    }
    androidResources {
        noCompress += "tflite" // the runtime maps it from the package
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    kotlinOptions {
        jvmTarget = "17"
    }
}

dependencies {
    implementation("com.google.ai.edge.litert:litert:2.3.0")
    // The GPU is an artifact of its own since 2.3.0. Without it, Accelerator.GPU beside
    // Accelerator.CPU runs on the CPU and says nothing: see Accelerators in LiteRtModel.kt.
    implementation("com.google.ai.edge.litert:litert-gpu:2.3.0")
    androidTestImplementation("androidx.test:runner:1.6.2")
    androidTestImplementation("androidx.test.ext:junit:1.2.1")
}
