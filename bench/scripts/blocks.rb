primes = (2..8000).select { |n| (2..Math.sqrt(n)).none? { |d| (n % d).zero? } }
[primes.size, primes.each_cons(2).map { |a, b| b - a }.tally.sort.inspect].inspect
