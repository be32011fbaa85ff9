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

    private const string KindsName = "kinds";
    private const string ExpectedName = "expected";

    /// <summary>Whether a value is of one of the kinds.</summary>
    public bool Takes(JsonElement value) => (Kinds & KindOf(value)) != 0;

    /// <summary>What is said of a value that is not, in the words of ISL's validator.</summary>
    public string Complaint => "Input should be " + Expected;

    /// <summary>Either of two.</summary>
    public Container Or(Container other) => new(
        Kinds | other.Kinds,
        Expected.Length == 0 ? other.Expected : other.Expected.Length == 0 || other.Expected == Expected ? Expected
            : $"{Expected} or {other.Expected}");

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
