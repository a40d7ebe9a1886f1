package ledger;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A small shop: a language of orders is read, evaluated and booked; what goes wrong is thrown and caught. Objects of
 * many classes, strings, maps, interfaces, closures, arrays of all kinds and checked exceptions, deterministic.
 */
public final class Ledger {
    // ---- what can go wrong

    static class ShopException extends Exception {
        final int line;

        ShopException(int line, String message) {
            super(message);
            this.line = line;
        }
    }

    static final class SyntaxException extends ShopException {
        SyntaxException(int line, String message) {
            super(line, "syntax: " + message);
        }
    }

    static final class StockException extends ShopException {
        final String item;

        StockException(int line, String item, long wanted, long there) {
            super(line, "stock: " + wanted + " of " + item + " wanted, " + there + " there");
            this.item = item;
        }
    }

    // ---- expressions, a tree of objects with virtual methods

    abstract static class Node {
        abstract double value(Map<String, Double> names) throws ShopException;

        abstract void show(StringBuilder out);

        int size() {
            return 1;
        }
    }

    static final class Constant extends Node {
        final double number;

        Constant(double number) {
            this.number = number;
        }

        @Override
        double value(Map<String, Double> names) {
            return number;
        }

        @Override
        void show(StringBuilder out) {
            if (number == Math.rint(number)) {
                out.append((long) number);
            } else {
                out.append(number);
            }
        }
    }

    static final class Name extends Node {
        final String name;
        final int line;

        Name(String name, int line) {
            this.name = name;
            this.line = line;
        }

        @Override
        double value(Map<String, Double> names) throws ShopException {
            Double found = names.get(name);
            if (found == null) {
                throw new ShopException(line, "unknown name " + name);
            }
            return found;
        }

        @Override
        void show(StringBuilder out) {
            out.append(name);
        }
    }

    static final class Binary extends Node {
        final char operator;
        final Node left;
        final Node right;

        Binary(char operator, Node left, Node right) {
            this.operator = operator;
            this.left = left;
            this.right = right;
        }

        @Override
        double value(Map<String, Double> names) throws ShopException {
            double a = left.value(names);
            double b = right.value(names);
            switch (operator) {
                case '+':
                    return a + b;
                case '-':
                    return a - b;
                case '*':
                    return a * b;
                case '/':
                    if (b == 0) {
                        throw new ArithmeticException("division by zero");
                    }
                    return a / b;
                default:
                    throw new IllegalStateException("operator " + operator);
            }
        }

        @Override
        void show(StringBuilder out) {
            out.append('(');
            left.show(out);
            out.append(' ').append(operator).append(' ');
            right.show(out);
            out.append(')');
        }

        @Override
        int size() {
            return 1 + left.size() + right.size();
        }
    }

    // ---- reading

    static final class Reader {
        private final String text;
        private final int line;
        private int at;

        Reader(String text, int line) {
            this.text = text;
            this.line = line;
        }

        private char look() {
            while (at < text.length() && text.charAt(at) == ' ') {
                at++;
            }
            return at < text.length() ? text.charAt(at) : '\0';
        }

        Node sum() throws SyntaxException {
            Node left = product();
            for (char c = look(); c == '+' || c == '-'; c = look()) {
                at++;
                left = new Binary(c, left, product());
            }
            return left;
        }

        private Node product() throws SyntaxException {
            Node left = atom();
            for (char c = look(); c == '*' || c == '/'; c = look()) {
                at++;
                left = new Binary(c, left, atom());
            }
            return left;
        }

        private Node atom() throws SyntaxException {
            char c = look();
            int start = at;
            if (c == '(') {
                at++;
                Node inner = sum();
                if (look() != ')') {
                    throw new SyntaxException(line, "')' is missing at " + at);
                }
                at++;
                return inner;
            }
            if (Character.isDigit(c)) {
                while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
                    at++;
                }
                return new Constant(Double.parseDouble(text.substring(start, at)));
            }
            if (Character.isLetter(c)) {
                while (at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
                    at++;
                }
                return new Name(text.substring(start, at), line);
            }
            throw new SyntaxException(line, c == '\0' ? "end of line" : "'" + c + "' at " + at);
        }
    }

    // ---- the shop

    interface Event {
        String text();

        default boolean isFailure() {
            return false;
        }
    }

    static final class Sale implements Event {
        final String item;
        final long count;
        final double price;

        Sale(String item, long count, double price) {
            this.item = item;
            this.count = count;
            this.price = price;
        }

        @Override
        public String text() {
            return count + " x " + item + " = " + cents(count * price);
        }
    }

    static final class Failure implements Event {
        final Exception reason;

        Failure(Exception reason) {
            this.reason = reason;
        }

        @Override
        public String text() {
            String kind = reason.getClass().getSimpleName();
            int line = reason instanceof ShopException ? ((ShopException) reason).line : -1;
            return kind + (line < 0 ? "" : " in line " + line) + ": " + reason.getMessage();
        }

        @Override
        public boolean isFailure() {
            return true;
        }
    }

    private final Map<String, Long> stock = new LinkedHashMap<>();
    private final Map<String, Double> names = new HashMap<>();
    private final List<Event> events = new ArrayList<>();
    private int finished;

    static String cents(double amount) {
        long all = Math.round(amount * 100);
        String rest = String.valueOf(Math.abs(all % 100));
        return all / 100 + "." + (rest.length() < 2 ? "0" + rest : rest);
    }

    private void order(String text, int line) throws ShopException {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new SyntaxException(line, "no ':'");
        }
        String head = text.substring(0, colon).trim();
        Node node = new Reader(text.substring(colon + 1), line).sum();
        double value = node.value(names);
        if (head.startsWith("let ")) {
            names.put(head.substring(4), value);
        } else if (head.startsWith("stock ")) {
            stock.merge(head.substring(6), (long) value, Long::sum);
        } else {
            long there = stock.getOrDefault(head, 0L);
            if (there < value) {
                throw new StockException(line, head, (long) value, there);
            }
            stock.put(head, there - (long) value);
            events.add(new Sale(head, (long) value, names.getOrDefault("price", 1.0)));
        }
    }

    void run(String[] lines) {
        for (int i = 0; i < lines.length; i++) {
            try {
                order(lines[i], i + 1);
            } catch (ShopException | ArithmeticException e) {
                events.add(new Failure(e));
            } finally {
                finished++;
            }
        }
    }

    // ---- work for a measurement: the same kinds of objects, many times

    static long words(int rounds) {
        String text = "the quick brown fox jumps over the lazy dog while the other dog sleeps and the fox runs";
        Map<String, Integer> counts = new HashMap<>();
        long hash = 7;
        for (int round = 0; round < rounds; round++) {
            int start = 0;
            for (int i = 0; i <= text.length(); i++) {
                if (i == text.length() || text.charAt(i) == ' ') {
                    String word = text.substring(start, i);
                    counts.merge(word, 1, Integer::sum);
                    start = i + 1;
                }
            }
            hash = hash * 31 + counts.get("dog");
        }
        for (Map.Entry<String, Integer> e : new TreeMap<>(counts).entrySet()) {
            hash = hash * 31 + e.getKey().hashCode() + e.getValue();
        }
        return hash;
    }

    static double trees(int rounds) throws ShopException {
        Node node = new Reader("(a + b * 3 - 4 / c) * (a - 1.5) + b * b - (c + a) / 2", 0).sum();
        Map<String, Double> names = new HashMap<>();
        double sum = 0;
        for (int i = 0; i < rounds; i++) {
            names.put("a", i * 0.5);
            names.put("b", 2.0 + i % 7);
            names.put("c", 1.0 + i % 3);
            sum += node.value(names) / (1 + i);
        }
        return sum;
    }

    static int sieve(int limit) {
        boolean[] composite = new boolean[limit + 1];
        int found = 0;
        for (int i = 2; i <= limit; i++) {
            if (!composite[i]) {
                found++;
                for (int j = i + i; j <= limit; j += i) {
                    composite[j] = true;
                }
            }
        }
        return found;
    }

    static int failures(int rounds) {
        int caught = 0;
        for (int i = 0; i < rounds; i++) {
            try {
                if (i % 3 == 0) {
                    throw new StockException(i, "pears", i, 0);
                }
                new Reader(i % 3 == 1 ? "(1 + 2" : "1 + )", i).sum();
            } catch (StockException e) {
                caught += e.line & 1;
            } catch (SyntaxException e) {
                caught += 2;
            }
        }
        return caught;
    }

    static long queue(int rounds) {
        Deque<int[]> open = new ArrayDeque<>();
        long[] best = new long[64 * 64];
        Arrays.fill(best, Long.MAX_VALUE);
        long sum = 0;
        for (int round = 0; round < rounds; round++) {
            Arrays.fill(best, Long.MAX_VALUE);
            best[0] = round;
            open.add(new int[] {0, 0});
            while (!open.isEmpty()) {
                int[] p = open.poll();
                long next = best[p[0] * 64 + p[1]] + 1 + (p[0] * 7 + p[1] * 13) % 5;
                if (p[0] < 63 && next < best[(p[0] + 1) * 64 + p[1]]) {
                    best[(p[0] + 1) * 64 + p[1]] = next;
                    open.add(new int[] {p[0] + 1, p[1]});
                }
                if (p[1] < 63 && next < best[p[0] * 64 + p[1] + 1]) {
                    best[p[0] * 64 + p[1] + 1] = next;
                    open.add(new int[] {p[0], p[1] + 1});
                }
            }
            sum += best[best.length - 1];
        }
        return sum;
    }

    static long sorting(int rounds) {
        long sum = 0;
        long seed = 42;
        for (int round = 0; round < rounds; round++) {
            List<String> list = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                seed = seed * 6364136223846793005L + 1442695040888963407L;
                list.add(Long.toString(seed >>> 40, 36));
            }
            list.sort(Comparator.comparing(String::length).thenComparing(Comparator.reverseOrder()));
            sum += list.get(100).hashCode();
        }
        return sum;
    }

    private static void print(String name, Object value) {
        System.out.println(name + " " + value);
    }

    /** Without arguments: the orders; with a number: so many rounds of work, or of the named part of it. */
    public static void main(String[] args) throws Exception {
        if (args.length > 0) {
            int rounds = Integer.parseInt(args[0]);
            String only = args.length > 1 ? args[1] : "";
            if (only.isEmpty() || only.equals("words")) {
                print("words", words(rounds * 20));
            }
            if (only.isEmpty() || only.equals("trees")) {
                print("trees", trees(rounds * 100));
            }
            if (only.isEmpty() || only.equals("sieve")) {
                print("sieve", sieve(rounds * 400));
            }
            if (only.isEmpty() || only.equals("failures")) {
                print("failures", failures(rounds * 10));
            }
            if (only.isEmpty() || only.equals("queue")) {
                print("queue", queue(rounds / 10 + 1));
            }
            if (only.isEmpty() || only.equals("sorting")) {
                print("sorting", sorting(rounds / 20 + 1));
            }
            return;
        }
        Ledger shop = new Ledger();
        shop.run(new String[] {
            "stock apples: 12 * 12", "stock pears: 30", "let price: 1 / 4 + 0.05", "let dozen: 12",
            "apples: dozen * 2", "pears: 31", "plums: 1", "apples: (dozen + 1", "oops", "pears: 10 / (dozen - 12)",
            "let price: price * 2", "pears: dozens", "pears: dozen", "apples: dozen * 100", "pears: 3 ? 4",
        });
        int failures = 0;
        for (Event event : shop.events) {
            System.out.println(event.text());
            failures += event.isFailure() ? 1 : 0;
        }
        print("failures", failures + " of " + shop.finished);
        List<String> items = new ArrayList<>(shop.stock.keySet());
        Collections.sort(items, Comparator.comparing((String item) -> -shop.stock.get(item)));
        for (String item : items) {
            print(item, shop.stock.get(item));
        }
        StringBuilder out = new StringBuilder();
        Node node = new Reader("a*(b+2.5)-10/c", 1).sum();
        node.show(out);
        print(out.reverse().toString(), node.size());
        print("grüße €", "Grüße, Welt: \u20ac 𝄞".length());
        try {
            Object[] array = new String[1];
            print("array", array.length);
            Object text = items;
            print((String) text, 0);
        } catch (ClassCastException e) {
            print("cast", e.getClass().getName());
        }
        try {
            int[] numbers = {3, 1, 2};
            Arrays.sort(numbers);
            print("sorted", Arrays.toString(numbers));
            print("beyond", items.get(numbers.length));
        } catch (IndexOutOfBoundsException e) {
            print("index", e.getClass().getSimpleName());
        }
        try {
            print("length", Objects.requireNonNull(shop.stock.get("plums"), "plums"));
        } catch (NullPointerException e) {
            print("null", e.getMessage());
        }
        print("words", words(3));
        print("trees", cents(trees(50)));
        print("sieve", sieve(1000));
        print("caught", failures(30));
        print("queue", queue(2));
        print("sorting", sorting(2));
    }
}
