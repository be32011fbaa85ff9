namespace IslGateway.Commands;

internal static class DemoCommand
{
    public static Task<int> RunAsync(string[] settings, CancellationToken cancellationToken) => throw new NotSupportedException();
}
