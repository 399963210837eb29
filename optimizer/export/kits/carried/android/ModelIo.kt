package org.liteweigh.model

import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.math.abs
import kotlin.math.max
import kotlin.math.rint
import kotlin.math.sqrt
import org.json.JSONArray
import org.json.JSONObject

/** What one output means; `values` is the output with a batch of one. */
class Answer(
    val output: String,
    val kind: String,
    val values: FloatArray,
    val label: String,
    val score: Double?,
    val classes: List<Int>,
)

/** From raw values to what the file takes, and back: the same steps as when it was measured. */
class ModelIo(val facts: JSONObject) {
    val inputs: List<JSONObject> = facts.getJSONArray("inputs").objects()
    val outputs: List<JSONObject> = facts.getJSONArray("outputs").objects()
    val readings: List<JSONObject> = facts.getJSONArray("readings").objects()
    val vectors: List<JSONObject> = facts.getJSONArray("vectors").objects()

    /** The values that the file takes for an input; integers where it takes such. */
    fun prepare(at: Int, raw: DoubleArray): DoubleArray {
        val input = inputs[at]
        val shape = input.getJSONArray("raw_shape").ints()
        require(raw.size == shape.fold(1, Int::times)) { "${input.getString("input")} takes $shape." }
        val scaling = input.optJSONObject("scaling")
        val scaled = if (scaling == null) raw else scale(raw, scaling, shape)
        val scale = input.getDouble("scale").toFloat()
        val zeroPoint = input.getInt("zero_point")
        val (low, high) = limits(input.getString("type"))
        val isFloat = input.getString("takes").startsWith("float")
        return DoubleArray(raw.size) { place ->
            val value = if (isFloat) scaled[place].toFloat().toDouble() else scaled[place]
            if (scale == 0f) {
                value
            } else {
                val stored = rint((value.toFloat() / scale).toDouble()).toFloat() + zeroPoint
                stored.toDouble().coerceIn(low, high)
            }
        }
    }

    /** What stored values of an output stand for. */
    fun read(at: Int, stored: FloatArray): FloatArray {
        val scale = outputs[at].getDouble("scale").toFloat()
        if (scale == 0f) return stored
        val zeroPoint = outputs[at].getInt("zero_point").toFloat()
        return FloatArray(stored.size) { (stored[it] - zeroPoint) * scale }
    }

    /** What the outputs of one sample mean. */
    fun answers(outputs: List<FloatArray>, raw: List<DoubleArray>): List<Answer> =
        readings.map { answer(it, outputs[it.getInt("output")], raw) }

    private fun answer(reading: JSONObject, values: FloatArray, raw: List<DoubleArray>): Answer {
        val labels = reading.getJSONArray("labels").strings()
        val threshold = reading.optDouble("threshold", 0.0)
        var label = ""
        var score: Double? = null
        var classes = emptyList<Int>()
        when (val kind = reading.getString("kind")) {
            "class" -> {
                val best = values.indices.maxByOrNull { values[it] } ?: 0
                val at = if (values.size > 1) best else if (values[0] > threshold) 1 else 0
                score = values[best].toDouble()
                classes = listOf(at)
                label = labels[at]
            }
            "labels" -> {
                classes = values.indices.filter { values[it] > threshold }
                label = classes.joinToString { labels[it] }
            }
            "positions" -> classes = positions(reading, values, threshold)
            "anomaly" -> {
                score = errorOfRebuilding(reading, values, raw[reading.getInt("rebuilds")])
                classes = listOf(if (score > threshold) 1 else 0)
                label = listOf("normal", "anomaly")[classes[0]]
            }
            else -> check(kind == "values" || kind == "raw")
        }
        val name = outputs[reading.getInt("output")].getString("output")
        return Answer(name, reading.getString("kind"), values, label, score, classes)
    }

    private fun positions(reading: JSONObject, values: FloatArray, threshold: Double): List<Int> {
        if (reading.isNull("class_axis")) return values.map { if (it > threshold) 1 else 0 }
        val axis = reading.getInt("class_axis")
        val shape = outputs[reading.getInt("output")].getJSONArray("shape").ints()
        val count = shape[axis]
        val stride = shape.drop(axis + 1).fold(1, Int::times)
        return List(values.size / count) { position ->
            val first = position / stride * stride * count + position % stride
            (0 until count).maxByOrNull { values[first + it * stride] } ?: 0
        }
    }

    private fun errorOfRebuilding(
        reading: JSONObject, values: FloatArray, raw: DoubleArray,
    ): Double {
        val shape = inputs[reading.getInt("rebuilds")].getJSONArray("raw_shape").ints()
        val target = reading.optJSONObject("target")?.let { scale(raw, it, shape) } ?: raw
        val squared = reading.getString("error") == "mse"
        return values.indices.sumOf {
            val apart = values[it].toDouble() - target[it].toFloat()
            if (squared) apart * apart else abs(apart)
        } / values.size
    }

    companion object {
        /** ((x / first) - subtract) / divide, each step rounded to float, or only the last one. */
        fun scale(raw: DoubleArray, scaling: JSONObject, shape: List<Int>): DoubleArray {
            if (scaling.getBoolean("by_itself")) {
                val mean = raw.average()
                val spread = max(sqrt(raw.sumOf { (it - mean) * (it - mean) } / raw.size), 1e-7)
                return DoubleArray(raw.size) { ((raw[it] - mean) / spread).toFloat().toDouble() }
            }
            val inDouble = scaling.getBoolean("in_double")
            val reverse = scaling.getBoolean("reverse_channels")
            val first = scaling.getDouble("first")
            val subtract = scaling.getJSONArray("subtract").doubles()
            val divide = scaling.getJSONArray("divide").doubles()
            val channels = shape.lastOrNull() ?: 1
            return DoubleArray(raw.size) { at ->
                val channel = at % channels
                val from = if (reverse) at - channel + (channels - 1 - channel) else at
                val less = subtract[at % subtract.size]
                val over = divide[at % divide.size]
                if (inDouble) {
                    ((raw[from] / first - less) / over).toFloat().toDouble()
                } else {
                    val apart = raw[from].toFloat() / first.toFloat() - less.toFloat()
                    (apart / over.toFloat()).toDouble()
                }
            }
        }

        /** Raw values of a vector, little-endian, of one of model.json's types. */
        fun rawValues(content: ByteArray, type: String): DoubleArray {
            val bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN)
            return when (type) {
                "float32" -> DoubleArray(content.size / 4) { bytes.getFloat().toDouble() }
                "float64" -> DoubleArray(content.size / 8) { bytes.getDouble() }
                "uint8" -> DoubleArray(content.size) { (bytes.get().toInt() and 0xff).toDouble() }
                "int8" -> DoubleArray(content.size) { bytes.get().toDouble() }
                "uint16" -> DoubleArray(content.size / 2) {
                    (bytes.getShort().toInt() and 0xffff).toDouble()
                }
                "int16" -> DoubleArray(content.size / 2) { bytes.getShort().toDouble() }
                "uint32" -> DoubleArray(content.size / 4) {
                    (bytes.getInt().toLong() and 0xffffffffL).toDouble()
                }
                "int32" -> DoubleArray(content.size / 4) { bytes.getInt().toDouble() }
                "uint64" -> DoubleArray(content.size / 8) { bytes.getLong().toULong().toDouble() }
                else -> DoubleArray(content.size / 8) { bytes.getLong().toDouble() }
            }
        }

        private fun limits(type: String): Pair<Double, Double> = when (type) {
            "uint8" -> 0.0 to 255.0
            "int8" -> -128.0 to 127.0
            "int16" -> -32768.0 to 32767.0
            else -> -2147483648.0 to 2147483647.0
        }
    }
}

private fun JSONArray.objects() = List(length()) { getJSONObject(it) }

private fun JSONArray.strings() = List(length()) { getString(it) }

private fun JSONArray.ints() = List(length()) { getInt(it) }

private fun JSONArray.doubles() = List(length()) { getDouble(it) }
