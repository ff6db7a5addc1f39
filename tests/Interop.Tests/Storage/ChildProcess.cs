namespace MtrlFunctional.Tests.Storage;

/// <summary>Starts the program for deaths and full disks.</summary>
internal static class ChildProcess
{
    public static Process Start(params string[] arguments) => Start(_ => { }, arguments);

    public static Process Start(Action<ProcessStartInfo> change, params string[] arguments)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath is { } p && p.EndsWith("dotnet") ? p : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.ArgumentList.Add(typeof(ToyTraining).Assembly.Location);
        foreach (var argument in arguments)
            info.ArgumentList.Add(argument);
        change(info);
        return Process.Start(info)!;
    }

    public static (int Code, string Error) Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
