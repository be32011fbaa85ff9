namespace IslGateway.Benchmarks.Load;

/// <summary>Writes the request's number into the white space of its JSON: four kinds of it, so two bits a place.</summary>
internal sealed class OwnSpelling(IReadOnlyList<byte[]> requests) : IRequestChange
{
    /// <summary>Stands for one place of white space.</summary>
    public const byte Mark = (byte)'~';

    private static readonly byte[] Blanks = " \t\n\r"u8.ToArray();

    private readonly int[][] _places = [.. requests.Select(request =>
        request.Index().Where(octet => octet.Item == Mark).Select(octet => octet.Index).ToArray())];

    public void Apply(Span<byte> request, long number)
    {
        var bits = number;
        foreach (var place in _places[number % _places.Length])
        {
            request[place] = Blanks[bits & 3];
            bits >>= 2;
        }
    }
}
