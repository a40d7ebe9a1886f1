counts = Hash.new(0)
50_000.times { |i| counts["key#{i * 7919 % 1000}"] += i }
[counts.size, counts.values.max, counts.sort_by { |k, v| [-v, k] }.first(3).inspect].inspect
