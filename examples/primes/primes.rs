//! Prints statistics of the primes below a limit: `primes [LIMIT]`, 100000 by default.

use std::collections::BTreeMap;
use std::fmt;

/// Gaps between neighbouring primes, and how often each occurs.
struct Gaps(BTreeMap<usize, usize>);

impl fmt::Display for Gaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted: Vec<_> = self.0.iter().collect();
        sorted.sort_by_key(|&(gap, count)| (std::cmp::Reverse(count), gap));
        let texts: Vec<String> = sorted.iter().take(5).map(|(gap, count)| format!("{gap}×{count}")).collect();
        write!(f, "{}", texts.join(" "))
    }
}

fn sieve(limit: usize) -> Vec<usize> {
    let mut composite = vec![false; limit.max(2)];
    let mut primes = Vec::new();
    for i in 2..limit {
        if composite[i] {
            continue;
        }
        primes.push(i);
        let mut j = i * i;
        while j < limit {
            composite[j] = true;
            j += i;
        }
    }
    primes
}

fn main() -> Result<(), std::num::ParseIntError> {
    let limit = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => 100_000,
    };
    let primes = sieve(limit);
    let mut gaps = BTreeMap::new();
    for pair in primes.windows(2) {
        *gaps.entry(pair[1] - pair[0]).or_insert(0) += 1;
    }
    let sum: u64 = primes.iter().map(|&p| p as u64).sum();
    let logs: f64 = primes.iter().map(|&p| (p as f64).ln()).sum();
    println!("{} primes below {limit}, sum {sum}", primes.len());
    println!("largest: {:?}", primes.iter().rev().take(5).collect::<Vec<_>>());
    println!("commonest gaps: {}", Gaps(gaps));
    println!("Chebyshev: {:.6}", logs / limit as f64);
    Ok(())
}
