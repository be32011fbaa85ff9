using System.Text.Json;
using System.Text.Json.Nodes;

namespace IslGateway.Caching.Validation;

/// <summary>The kinds of values that a place of the body may have.</summary>
/// <param name="Kinds">The kinds.</param>
/// <param name="Expected">What to call them in an error: <c>a valid list</c>.</param>
internal sealed record Container(JsonKinds Kinds, string Expected)
{
    /// <summary>Any kind.</summary>
    public static Container Any { get; } = new(JsonKinds.All, "");

    /// <summary>Null alone.</summary>
    public static Container Null { get; } = new(JsonKinds.Null, "null");

    private const string KindsName = "kinds";
    private const string ExpectedName = "expected";

    /// <summary>Whether a value is of one of the kinds.</summary>
    public bool Takes(JsonElement value) => (Kinds & KindOf(value)) != 0;

    /// <summary>What is said of a value that is not, in the words of ISL's validator.</summary>
    public string Complaint => "Input should be " + Expected;

    /// <summary>Either of two.</summary>
    public Container Or(Container other) => new(Kinds | other.Kinds, OneOf([Expected, other.Expected]));

    /// <summary>What is expected where one of several will do; that null would do is not said of what may be null among others.</summary>
    public static string OneOf(IEnumerable<string> expected)
    {
        var named = expected.Where(static name => name.Length > 0).Distinct().ToList();
        if (named.Count > 1) named.Remove(Null.Expected);
        return string.Join(" or ", named);
    }

    /// <summary>As the value of a keyword.</summary>
    public JsonObject ToJson() => new() { [KindsName] = (int)Kinds, [ExpectedName] = Expected };

    /// <summary>From the value of a keyword.</summary>
    public static Container Read(JsonElement value) =>
        new((JsonKinds)value.GetProperty(KindsName).GetInt32(), value.GetProperty(ExpectedName).GetString()!);

    private static JsonKinds KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => JsonKinds.Object,
        JsonValueKind.Array => JsonKinds.Array,
        JsonValueKind.Null => JsonKinds.Null,
        _ => JsonKinds.Scalar,
    };
}
