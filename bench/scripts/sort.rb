seed = 1
items = Array.new(20_000) { seed = (seed * 1_103_515_245 + 12_345) % 2**31 }
[items.sort.each_slice(1000).map(&:first).inspect, items.sort_by { |x| -x }.first].inspect
