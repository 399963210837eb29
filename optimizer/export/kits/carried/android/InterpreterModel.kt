package org.liteweigh.model

import android.content.Context
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.channels.FileChannel
import org.json.JSONObject
import org.tensorflow.lite.Interpreter

/** The same over the Interpreter, for what CompiledModel does not take: 16-bit inputs, say. */
class InterpreterModel(context: Context, threads: Int = 1) : AutoCloseable {
    val io = ModelIo(
        JSONObject(context.assets.open("model.json").bufferedReader().use { it.readText() })
    )
    private val interpreter = Interpreter(
        context.assets.openFd(io.facts.getString("file")).use { file ->
            file.createInputStream().channel.map(
                FileChannel.MapMode.READ_ONLY, file.startOffset, file.declaredLength
            )
        },
        Interpreter.Options().setNumThreads(threads),
    )

    init {
        io.inputs.forEach { input ->
            val shape = input.getJSONArray("shape")
            interpreter.resizeInput(
                input.getInt("place"), IntArray(shape.length()) { shape.getInt(it) }
            )
        }
        interpreter.allocateTensors()
    }

    /** What the model says of one sample: for each input its raw values, as they come. */
    fun predict(raw: List<DoubleArray>): List<Answer> = io.answers(run(raw), raw)

    /** All outputs of one sample. */
    fun run(raw: List<DoubleArray>): List<FloatArray> {
        val fed = arrayOfNulls<Any>(io.inputs.size)
        io.inputs.forEachIndexed { at, input ->
            val values = io.prepare(at, raw[at])
            fed[input.getInt("place")] = stored(values, input.getString("type"))
        }
        val given = io.outputs.associate { output ->
            val place = output.getInt("place")
            val bytes = interpreter.getOutputTensor(place).numBytes()
            place to ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder())
        }
        interpreter.runForMultipleInputsOutputs(fed, given.mapValues { it.value as Any })
        return io.outputs.mapIndexed { at, output ->
            val buffer = given.getValue(output.getInt("place")).also { it.rewind() }
            io.read(at, floats(buffer, output.getString("type")))
        }
    }

    private fun stored(values: DoubleArray, type: String): ByteBuffer {
        val buffer = ByteBuffer.allocateDirect(values.size * sizeOf(type))
            .order(ByteOrder.nativeOrder())
        for (value in values) {
            when (type) {
                "float32" -> buffer.putFloat(value.toFloat())
                "int8", "uint8" -> buffer.put(value.toInt().toByte())
                "int16" -> buffer.putShort(value.toInt().toShort())
                "int32" -> buffer.putInt(value.toInt())
                else -> buffer.putLong(value.toLong())
            }
        }
        return buffer.also { it.rewind() }
    }

    private fun floats(buffer: ByteBuffer, type: String) =
        FloatArray(buffer.remaining() / sizeOf(type)) {
            when (type) {
                "float32" -> buffer.getFloat()
                "int8" -> buffer.get().toFloat()
                "uint8" -> (buffer.get().toInt() and 0xff).toFloat()
                "int16" -> buffer.getShort().toFloat()
                "int32" -> buffer.getInt().toFloat()
                else -> buffer.getLong().toFloat()
            }
        }

    private fun sizeOf(type: String) = when (type) {
        "int8", "uint8" -> 1
        "int16" -> 2
        "float32", "int32" -> 4
        else -> 8
    }

    override fun close() = interpreter.close()
}
