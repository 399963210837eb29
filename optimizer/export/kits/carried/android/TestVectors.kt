package org.liteweigh.model

import android.content.Context
import kotlin.math.abs

/** How far the outputs of a test vector are off, and whether that is within what is allowed. */
class Told(val vector: Int, val off: List<Float>, val asExpected: Boolean)

/** Runs the test vectors of the assets through `run` of a model. */
fun testVectors(
    context: Context, io: ModelIo, run: (List<DoubleArray>) -> List<FloatArray>,
): List<Told> {
    fun bytes(name: String) = context.assets.open(name).use { it.readBytes() }
    return io.vectors.mapIndexed { number, vector ->
        val raw = io.inputs.mapIndexed { at, input ->
            ModelIo.rawValues(
                bytes(vector.getJSONArray("inputs").getString(at)), input.getString("raw_type")
            )
        }
        val outputs = run(raw)
        val off = outputs.mapIndexed { at, output ->
            val file = vector.getJSONArray("outputs").getString(at)
            val expected = ModelIo.rawValues(bytes(file), "float32")
            output.indices.maxOf { abs(output[it] - expected[it].toFloat()) }
        }
        val near = off.indices.all { off[it] <= io.outputs[it].getDouble("tolerance") }
        val classes = io.answers(outputs, raw).withIndex().all { (at, answer) ->
            val told = vector.getJSONArray("answers").getJSONObject(at).getJSONArray("classes")
            answer.kind !in setOf("class", "anomaly") || answer.classes[0] == told.getInt(0)
        }
        Told(number, off, near && classes)
    }
}
