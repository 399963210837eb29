package org.liteweigh.model

import androidx.test.ext.junit.runners.AndroidJUnit4
import androidx.test.platform.app.InstrumentationRegistry
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith

@RunWith(AndroidJUnit4::class)
class VectorsTest {
    private val context = InstrumentationRegistry.getInstrumentation().targetContext

    @Test
    fun compiledModelGivesWhatIsExpected() = LiteRtModel(context).use { model ->
        assertTrue(testVectors(context, model.io, model::run).all { it.asExpected })
    }

    @Test
    fun interpreterGivesWhatIsExpected() = InterpreterModel(context).use { model ->
        assertTrue(testVectors(context, model.io, model::run).all { it.asExpected })
    }
}
