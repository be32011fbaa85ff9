using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>One term of a <see cref="StoreCondition"/>.</summary>
/// <param name="IsOfRequest">Whether it looks at the request instead of the answer.</param>
/// <param name="IsNegated">Whether it holds where its test does nowhere.</param>
/// <param name="AnyDepth">Whether the pointer starts at every object and array, not at the whole document alone.</param>
/// <param name="Pointer">The places that it looks at.</param>
/// <param name="Test">What must hold at one of them.</param>
internal sealed record StoreTerm(bool IsOfRequest, bool IsNegated, bool AnyDepth, JsonPointer Pointer, Func<JsonElement, bool> Test)
{
    public bool Holds(JsonElement root) => (AnyDepth ? AnyBelow(root) : Pointer.Any(root, Test)) != IsNegated;

    private bool AnyBelow(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                if (Pointer.Any(element, Test)) return true;
                foreach (var member in element.EnumerateObject())
                {
                    if (AnyBelow(member.Value)) return true;
                }

                return false;
            case JsonValueKind.Array:
                if (Pointer.Any(element, Test)) return true;
                foreach (var item in element.EnumerateArray())
                {
                    if (AnyBelow(item)) return true;
                }

                return false;
            default:
                return false;
        }
    }
}
