// Trains a small policy for two tasks through the facade, then evaluates its checkpoint.
//
//   dotnet run --project samples/QuickStart -c Release      (key=value words may follow after --)
using MtrlFunctional;
using MtrlFunctional.Training;

try
{
    var experiment = ExperimentBuilder.Preset("first/two-tasks").In("runs", "sample").With(args).Build().Experiment;
    string folder;
    using (var run = TrainingRun.Start(experiment))
    {
        run.Run(progress => Console.Write($"\rstep {progress.Step:N0} of {progress.TotalSteps:N0} "));
        folder = run.Folder.Path;
    }

    Console.WriteLine($"\ntrained: {folder}");
    foreach (var task in RunEvaluation.Evaluate(folder, new() { Episodes = 5 }).Tasks)
        Console.WriteLine($"{task.Name,-20} success {task.SuccessEver,5:P0}  return {task.Return,8:N1}");
    return 0;
}
catch (MtrlException e)
{
    Console.Error.WriteLine(e.Message);
    return e.ExitCode;
}
