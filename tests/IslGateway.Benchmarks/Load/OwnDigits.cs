using System.Globalization;

namespace IslGateway.Benchmarks.Load;

/// <summary>Writes the request's number over <see cref="Mark"/>, wherever the request has it.</summary>
internal sealed class OwnDigits : IRequestChange
{
    /// <summary>The place for the number.</summary>
    public const string Mark = "############";

    private readonly int _offset;

    /// <param name="example">A request with the mark; it stands at the same place in all.</param>
    public OwnDigits(byte[] example)
    {
        _offset = example.AsSpan().IndexOf("############"u8);
        if (_offset < 0) throw new ArgumentException("The request has no place for a number.", nameof(example));
    }

    /// <summary>What is written for a number.</summary>
    public static string Text(long number) => number.ToString("D12", CultureInfo.InvariantCulture);

    public void Apply(Span<byte> request, long number)
    {
        for (var i = _offset + Mark.Length - 1; i >= _offset; i--, number /= 10) request[i] = (byte)('0' + (number % 10));
    }
}
