using IslGateway.Settings;

namespace IslGateway.Endpoints;

/// <summary>What rows have unless they say otherwise, read once for all of them.</summary>
internal sealed class RowDefaults(CacheOptions cache)
{
    private readonly Dictionary<string, StoreCondition> _conditions = new(StringComparer.Ordinal);

    /// <summary>The settings of the cache as a whole.</summary>
    public CacheOptions Cache => cache;

    /// <summary>The conditions of every row, then a row's own, none of them twice.</summary>
    public StoreCondition[] NeverStoreWhen(IEnumerable<string> own) => [.. cache.NeverStoreWhen.Concat(own).Distinct().Select(Condition)];

    private StoreCondition Condition(string text)
    {
        if (!_conditions.TryGetValue(text, out var condition)) _conditions[text] = condition = StoreCondition.Parse(text);
        return condition;
    }
}
