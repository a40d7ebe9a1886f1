/**
 * A stack machine with a scheduler: sealed classes, data classes, interfaces, closures, generics, strings, maps, sorting,
 * exceptions and arrays of all kinds. What it prints is the same wherever it runs.
 */
import kotlin.math.sqrt

// ---- what can go wrong

open class MachineException(val at: Int, message: String) : Exception(message)

class UnknownWord(at: Int, val word: String) : MachineException(at, "unknown word '$word'")

class EmptyStack(at: Int, val wanted: Int, val there: Int) : MachineException(at, "$wanted values wanted, $there there")

// ---- values

sealed class Value : Comparable<Value> {
    abstract fun text(): String

    override fun compareTo(other: Value): Int = when {
        this is Whole && other is Whole -> number.compareTo(other.number)
        else -> weight().compareTo(other.weight())
    }

    abstract fun weight(): Double
}

data class Whole(val number: Long) : Value() {
    override fun text() = number.toString()
    override fun weight() = number.toDouble()
}

data class Real(val number: Double) : Value() {
    override fun text() = fixed(number)
    override fun weight() = number
}

data class Text(val content: String) : Value() {
    override fun text() = content
    override fun weight() = content.length.toDouble()
}

data class Items(val items: List<Value>) : Value() {
    override fun text() = items.joinToString(" ", "[", "]") { it.text() }
    override fun weight() = items.sumOf { it.weight() }
}

fun fixed(number: Double): String {
    val all = (number * 1000).let { if (it < 0) it - 0.5 else it + 0.5 }.toLong()
    val rest = (if (all < 0) -all else all) % 1000
    val sign = if (all < 0 && all > -1000) "-" else ""
    return "$sign${all / 1000}.${rest.toString().padStart(3, '0')}"
}

// ---- the machine

class Machine(private val output: (String) -> Unit) {
    private val stack = ArrayDeque<Value>()
    private val words = LinkedHashMap<String, Machine.(Int) -> Unit>()
    private val counts = mutableMapOf<String, Int>()

    init {
        arithmetic("+", { a, b -> a + b }, { a, b -> a + b })
        arithmetic("-", { a, b -> a - b }, { a, b -> a - b })
        arithmetic("*", { a, b -> a * b }, { a, b -> a * b })
        arithmetic("/", { a, b -> if (b == 0L) throw ArithmeticException("$a / 0") else a / b }, { a, b -> a / b })
        words["dup"] = { at -> val a = pop(at); stack.addLast(a); stack.addLast(a) }
        words["swap"] = { at -> val b = pop(at); val a = pop(at, 2); stack.addLast(b); stack.addLast(a) }
        words["sqrt"] = { at -> stack.addLast(Real(sqrt(pop(at).weight()))) }
        words["max"] = { at -> val b = pop(at); val a = pop(at, 2); stack.addLast(maxOf(a, b)) }
        words["."] = { at -> output(pop(at).text()) }
        words["join"] = { at -> val b = pop(at); val a = pop(at, 2); stack.addLast(Text(a.text() + b.text())) }
        words["pack"] = { _ -> val all = Items(stack.toList()); stack.clear(); stack.addLast(all) }
        words["sort"] = { at ->
            val list = pop(at) as? Items ?: throw MachineException(at, "a list is wanted")
            stack.addLast(Items(list.items.sorted()))
        }
    }

    private fun arithmetic(word: String, whole: (Long, Long) -> Long, real: (Double, Double) -> Double) {
        words[word] = { at ->
            val b = pop(at)
            val a = pop(at, 2)
            stack.addLast(
                if (a is Whole && b is Whole) Whole(whole(a.number, b.number)) else Real(real(a.weight(), b.weight())),
            )
        }
    }

    private fun pop(at: Int, wanted: Int = 1): Value =
        stack.removeLastOrNull() ?: throw EmptyStack(at, wanted, wanted - 1)

    fun run(line: String): Int {
        var done = 0
        try {
            for ((at, word) in line.split(' ').filter { it.isNotEmpty() }.withIndex()) {
                counts[word] = (counts[word] ?: 0) + 1
                val known = words[word]
                val number = word.toLongOrNull()
                when {
                    known != null -> known(at)
                    number != null -> stack.addLast(Whole(number))
                    word.toDoubleOrNull() != null -> stack.addLast(Real(word.toDouble()))
                    word.startsWith('"') -> stack.addLast(Text(word.substring(1).replace('_', ' ')))
                    else -> throw UnknownWord(at, word)
                }
                done++
            }
        } catch (e: MachineException) {
            val kind = when (e) {
                is UnknownWord -> "word"
                is EmptyStack -> "stack of ${e.there}"
                else -> "machine"
            }
            output("$kind at ${e.at}: ${e.message}")
        } catch (e: ArithmeticException) {
            output("arithmetic: ${e.message}")
        } finally {
            stack.clear()
        }
        return done
    }

    fun statistics(): String =
        counts.entries.sortedWith(compareByDescending<Map.Entry<String, Int>> { it.value }.thenBy { it.key })
            .take(4).joinToString { "${it.key}=${it.value}" }
}

// ---- generic containers and interfaces

interface Shape {
    val name: String
    fun area(): Double
    fun scaled(factor: Double): Shape
}

class Circle(private val radius: Double) : Shape {
    override val name get() = "circle"
    override fun area() = 3.0 * radius * radius
    override fun scaled(factor: Double) = Circle(radius * factor)
}

class Box(private val width: Double, private val height: Double) : Shape {
    override val name get() = "box"
    override fun area() = width * height
    override fun scaled(factor: Double) = Box(width * factor, height * factor)
}

class Heap<T>(private val before: (T, T) -> Boolean) {
    private val items = mutableListOf<T>()

    fun add(item: T) {
        items.add(item)
        var at = items.size - 1
        while (at > 0 && before(items[at], items[(at - 1) / 2])) {
            val parent = (at - 1) / 2
            items[at] = items[parent].also { items[parent] = items[at] }
            at = parent
        }
    }

    fun take(): T? {
        if (items.isEmpty()) return null
        val first = items[0]
        val last = items.removeAt(items.size - 1)
        if (items.isEmpty()) return first
        items[0] = last
        var at = 0
        while (true) {
            var best = at
            for (child in intArrayOf(2 * at + 1, 2 * at + 2)) {
                if (child < items.size && before(items[child], items[best])) best = child
            }
            if (best == at) return first
            items[at] = items[best].also { items[best] = items[at] }
            at = best
        }
    }
}

fun shapes(rounds: Int): Double {
    var sum = 0.0
    for (i in 0 until rounds) {
        val shape: Shape = if (i % 3 == 0) Circle(i * 0.25) else Box(i * 0.5, 2.0)
        sum += shape.scaled(1.5).area() / (i + 1) + shape.name.length
    }
    return sum
}

fun scheduled(rounds: Int): Long {
    val heap = Heap<Pair<Int, String>> { a, b -> a.first < b.first || (a.first == b.first && a.second < b.second) }
    var seed = 12345
    var sum = 0L
    for (i in 0 until rounds) {
        seed = seed * 1103515245 + 12345
        heap.add(Pair((seed ushr 16) % 100, "task${i % 10}"))
        if (i % 2 == 1) sum = sum * 31 + (heap.take()?.let { it.first + it.second.hashCode() } ?: 0)
    }
    while (true) sum = sum * 31 + (heap.take() ?: return sum).first
}

fun main() {
    val machine = Machine(::println)
    for (line in listOf(
        "1 2 + .", "10 3 / . 10.0 4 / .", "2 sqrt .", "\"hello \"_world join .", "1 +", "7 0 /", "3 frobnicate",
        "3 \"abcd 2.5 1 pack sort .", "5 dup * dup . 30 max .", "4 sort", "\"grüße_€ . 9223372036854775807 1 + .",
    )) println("$line -> ${machine.run(line)}")
    println(machine.statistics())
    println(fixed(shapes(1000)))
    println(scheduled(500))
    val bytes = ByteArray(40) { (it * 7 - 100).toByte() }
    val shorts = ShortArray(5) { (it * 20000).toShort() }
    val chars = CharArray(6) { 'a' + it * 3 }
    val longs = LongArray(4) { 1L shl (it * 20) }
    println("${bytes.sum()} ${bytes.copyOfRange(3, 9).joinToString()} ${shorts.joinToString()} ${chars.concatToString()} ${longs.joinToString()}")
    println(listOf("pear", "Apple", "fig").sortedBy { it.lowercase() }.groupBy { it.length }.toList())
    try {
        val any: Any = "text"
        println(any as Int)
    } catch (e: ClassCastException) {
        println("cast")
    }
    try {
        println(bytes[bytes.size])
    } catch (e: IndexOutOfBoundsException) {
        println("index")
    }
    try {
        val nothing: String? = if (bytes.isEmpty()) "" else null
        println(nothing!!.length)
    } catch (e: NullPointerException) {
        println("null")
    }
}
