# A stock list: reads orders, checks and counts them, writes reports. Run by examples/ruby/run.mjs.
require 'json'
require 'set'

class OrderError < StandardError
  attr_reader :line

  def initialize(message, line)
    super("line #{line}: #{message}")
    @line = line
  end
end

Order = Struct.new(:id, :customer, :sku, :count, :price) do
  include Comparable

  def total = count * price
  def <=>(other) = [other.total, id] <=> [total, other.id]
end

# ORDER id=NUMBER customer="NAME" sku=AA-000 count=NUMBER price=NUMBER.NN
PATTERN = /\AORDER\s+id=(?<id>\d+)\s+customer="(?<customer>[^"]+)"\s+
           sku=(?<sku>\p{Lu}{2}-\d{3})\s+count=(?<count>\d+)\s+price=(?<price>\d+(?:\.\d\d)?)\z/x

def parse(text, line)
  match = PATTERN.match(text) or raise OrderError.new("not an order: #{text.inspect}", line)
  count = Integer(match[:count], 10)
  raise OrderError.new('nothing ordered', line) if count.zero?
  Order.new(match[:id].to_i, match[:customer], match[:sku], count, Rational(match[:price]))
end

# A fiber that gives one order after the other and keeps what was wrong.
def orders(path, problems)
  Fiber.new do
    File.foreach(path, chomp: true).with_index(1) do |text, line|
      next if text.empty? || text.start_with?('#')
      Fiber.yield parse(text, line)
    rescue OrderError => error
      problems << error
    end
    nil
  end
end

folder = ARGV.fetch(0)
problems = []
list = []
fiber = orders(File.join(folder, 'orders.txt'), problems)
while (order = fiber.resume)
  list << order
end
begin
  fiber.resume
rescue FiberError => error
  puts "the fiber has ended: #{error.class}"
end

puts "#{list.size} orders, #{problems.size} refused"
problems.each { |problem| puts "  #{problem.message}" }

skus = list.to_set(&:sku)
known = Set['AB-100', 'AB-200', 'ZZ-999']
puts "known: #{(skus & known).sort.join(' ')}", "new: #{(skus - known).sort.join(' ')}"
puts "all known: #{skus.subset?(known)}"

report = list.group_by(&:customer).sort.to_h do |customer, own|
  [customer, { orders: own.sort.map(&:id), total: own.sum(&:total).to_f.round(2) }]
end
path = File.join(folder, 'report.json')
File.write(path, JSON.pretty_generate(report))
again = JSON.parse(File.read(path), symbolize_names: true)
puts "read back: #{again == report.transform_keys(&:to_sym)}", File.read(path)

begin
  JSON.parse('{"broken": ')
rescue JSON::ParserError => error
  puts "refused: #{error.class}"
end

fibonacci = Enumerator.new do |yielder|
  a, b = 0, 1
  loop { yielder << a; a, b = b, a + b }
end
puts fibonacci.lazy.select(&:even?).first(8).join(' '), fibonacci.take(94).last
puts 'stock-list_of__things'.gsub(/[-_]+(\w)/) { $1.upcase }, 'Größe: 12 €'.scan(/\p{L}+|\d+/).inspect
puts format('%08.3f|%-6s|%+x', Math::PI, 'left', 255), (2**100).digits.sum, 10.fdiv(3)

def deep(depth) = depth.zero? ? raise(ArgumentError, 'at the bottom') : deep(depth - 1)
begin
  deep(200)
rescue ArgumentError => error
  puts "#{error.message}, from #{error.backtrace.size > 200}"
ensure
  puts 'cleaned up'
end
puts catch(:found) { (1..).each { |n| throw :found, n if n.to_s(2).count('1') == 8 } }
puts Dir.children(folder).sort.join(' ')
File.delete(path)
exit list.size
