package org.liteweigh.model

import android.content.Context
import com.google.ai.edge.litert.Accelerator
import com.google.ai.edge.litert.CompiledModel
import org.json.JSONObject

/**
 * The model in LiteRT 2's CompiledModel, from raw values to what they mean:
 *
 *     val model = LiteRtModel(context)
 *     val (answer) = model.predict(listOf(pixels))
 *     Log.i("model", "${answer.label} ${answer.score}")
 *
 * The CPU is what the file was measured on. For the GPU pass [Accelerator.GPU] alone: with
 * [Accelerator.CPU] beside it, a phone without a fitting GPU, or an app without the artifact
 * litert-gpu, runs on the CPU in silence. Alone it throws instead, and you know.
 */
class LiteRtModel(context: Context, accelerator: Accelerator = Accelerator.CPU) : AutoCloseable {
    val io = ModelIo(
        JSONObject(context.assets.open("model.json").bufferedReader().use { it.readText() })
    )
    private val compiled = CompiledModel.create(
        context.assets, io.facts.getString("file"), CompiledModel.Options(accelerator)
    )
    private val fed = io.inputs.map { it.getString("name") }
        .associateWith { compiled.createInputBuffer(it) }
    private val given = io.outputs.map { it.getString("name") }
        .associateWith { compiled.createOutputBuffer(it) }

    /** What the model says of one sample: for each input its raw values, as they come. */
    fun predict(raw: List<DoubleArray>): List<Answer> = io.answers(run(raw), raw)

    /** All outputs of one sample. */
    fun run(raw: List<DoubleArray>): List<FloatArray> {
        io.inputs.forEachIndexed { at, input ->
            val values = io.prepare(at, raw[at])
            val buffer = fed.getValue(input.getString("name"))
            when (val type = input.getString("type")) {
                "float32" -> buffer.writeFloat(FloatArray(values.size) { values[it].toFloat() })
                "int8", "uint8" ->
                    buffer.writeInt8(ByteArray(values.size) { values[it].toInt().toByte() })
                "int32" -> buffer.writeInt(IntArray(values.size) { values[it].toInt() })
                else -> error("CompiledModel has no $type; use InterpreterModel.")
            }
        }
        compiled.run(fed, given)
        return io.outputs.mapIndexed { at, output ->
            val buffer = given.getValue(output.getString("name"))
            val stored = when (val type = output.getString("type")) {
                "float32" -> buffer.readFloat()
                "int8" -> buffer.readInt8().let { all -> FloatArray(all.size) { all[it].toFloat() } }
                "uint8" -> buffer.readInt8().let { all ->
                    FloatArray(all.size) { (all[it].toInt() and 0xff).toFloat() }
                }
                "int32" -> buffer.readInt().let { all -> FloatArray(all.size) { all[it].toFloat() } }
                else -> error("CompiledModel has no $type; use InterpreterModel.")
            }
            io.read(at, stored)
        }
    }

    override fun close() {
        (fed.values + given.values).forEach { it.close() }
        compiled.close()
    }
}
