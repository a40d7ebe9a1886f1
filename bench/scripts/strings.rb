words = %w[alpha beta gamma delta]
text = +''
20_000.times { |i| text << words[i % 4] << '=' << i.to_s << ';' }
[text.length, text.scan(/gamma=(\d+)/).sum { |m| m[0].to_i }, text.gsub('alpha', 'omega').hash == 0].inspect
