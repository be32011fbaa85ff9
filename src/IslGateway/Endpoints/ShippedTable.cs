namespace IslGateway.Endpoints;

/// <summary>
/// The shipped endpoint table as the lowest configuration source. The settings ask for what is under each of its hundreds of keys, and
/// .NET's providers look through all keys for every such question: here they are sorted by their parents first.
/// </summary>
internal sealed class ShippedTable : ConfigurationProvider, IConfigurationSource
{
    private const string Table = "IslGateway.Endpoints.endpoints.json";

    private static readonly Lazy<Dictionary<string, string?>> Shipped = new(Read);

    private ILookup<string, string>? _children;

    public IConfigurationProvider Build(IConfigurationBuilder builder) => new ShippedTable();

    public override void Load()
    {
        Data = new Dictionary<string, string?>(Shipped.Value, StringComparer.OrdinalIgnoreCase);
        _children = null;
    }

    public override void Set(string key, string? value)
    {
        base.Set(key, value);
        _children = null;
    }

    public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath)
    {
        var children = _children ??= Data.Keys.SelectMany(Steps).Distinct().ToLookup(
            step => step.Parent, step => step.Child, StringComparer.OrdinalIgnoreCase);
        return earlierKeys.Concat(children[parentPath ?? ""]).Order(Comparer<string>.Create(ConfigurationKeyComparer.Instance.Compare));
    }

    private static IEnumerable<(string Parent, string Child)> Steps(string key)
    {
        for (int start = 0, end; start <= key.Length; start = end + 1)
        {
            end = key.IndexOf(ConfigurationPath.KeyDelimiter, start, StringComparison.Ordinal);
            if (end < 0) end = key.Length;
            yield return (start == 0 ? "" : key[..(start - 1)], key[start..end]);
        }
    }

    private static Dictionary<string, string?> Read()
    {
        using var stream = typeof(ShippedTable).Assembly.GetManifestResourceStream(Table)
            ?? throw new InvalidOperationException($"The resource {Table} is missing.");
        var table = new ConfigurationBuilder().AddJsonStream(stream).Build();
        return table.AsEnumerable().Where(entry => entry.Value is not null).ToDictionary();
    }
}
