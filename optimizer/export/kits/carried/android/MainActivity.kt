package org.liteweigh.model

import android.app.Activity
import android.os.Bundle
import android.widget.TextView

/** Shows how far the test vectors are off on this phone. */
class MainActivity : Activity() {
    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        val view = TextView(this).also { setContentView(it) }
        val told = LiteRtModel(this).use { testVectors(this, it.io, it::run) }
        view.text = told.joinToString("\n") {
            "vector ${it.vector}: off by ${it.off}, as expected: ${it.asExpected}"
        }
    }
}
