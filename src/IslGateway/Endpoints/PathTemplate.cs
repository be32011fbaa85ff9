namespace IslGateway.Endpoints;

/// <summary>A path with free segments, such as <c>/api/v1/outcomes/{id}</c>, and the rows that share it.</summary>
internal sealed class PathTemplate(string path, EndpointRow[] rows)
{
    // Null stands for a free segment.
    private readonly string?[] _segments = [.. path[1..].Split('/').Select(segment => IsFree(segment) ? null : segment)];

    public EndpointRow[] Rows { get; } = rows;

    public static bool IsTemplate(string path) => path.Split('/').Any(IsFree);

    public bool Matches(ReadOnlySpan<char> rawPath)
    {
        if (rawPath is not ['/', .. var rest])
        {
            return false;
        }

        var at = 0;
        foreach (var range in rest.Split('/'))
        {
            if (at == _segments.Length || !Fits(_segments[at++], rest[range]))
            {
                return false;
            }
        }

        return at == _segments.Length;
    }

    // A later server may read an escaped slash or a dot segment as another path, so neither fits a free segment.
    private static bool Fits(string? expected, ReadOnlySpan<char> segment) => expected is null
        ? segment is not ("" or "." or "..") && !segment.Contains("%2f", StringComparison.OrdinalIgnoreCase)
        : segment.SequenceEqual(expected);

    private static bool IsFree(string segment) => segment is ['{', _, .., '}'];
}
