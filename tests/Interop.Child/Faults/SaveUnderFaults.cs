using MtrlFunctional.Storage;
using MtrlFunctional.Training;

namespace MtrlFunctional.Tests.Child;

/// <summary>
/// One save of a real trainer, again and again with another system call that fails or at which the process dies. After
/// each of them the run is resumed and ends like one without faults.
/// </summary>
internal sealed class SaveUnderFaults(string folder)
{
    private const int Interrupted = 4; // EINTR

    private readonly string _template = Path.Combine(folder, "template");
    private string _wanted = "";

    /// <summary>Trains half of a run, which every case continues.</summary>
    internal void Begin(IEnumerable<string> words)
    {
        var experiment = ExperimentBuilder.Resolve([.. words, $"setup.base_path={folder}", "setup.name=begun"]);
        using var stop = new CancellationTokenSource();
        using (var run = TrainingRun.Start(experiment))
            run.Run(progress => StopAfter(progress, experiment.Schedule.NumTrainSteps / 2, stop), stop.Token);
        Directory.Move(RunFolder.OfSeed(experiment.Setup.SaveDir, experiment.Setup.SeedRef).Path, _template);
        _wanted = Finish(Copy("wanted"));
    }

    /// <summary>Fails each <paramref name="stride"/>th call of the save; returns how many cases there were.</summary>
    internal int FailCalls(int error, int first, int stride)
    {
        for (var (call, cases) = (first, 0); ; (call, cases) = (call + stride, cases + 1))
        {
            var run = Copy("case");
            var outcome = Save(run, folder, call, error);
            if (FaultLibrary.Failed() is "")
                return cases;
            var what = $"call {call}, {FaultLibrary.Failed()}, error {error}: {outcome}";
            if (FaultLibrary.Failed().StartsWith("fsync", StringComparison.Ordinal) && outcome == "saved" != (error == Interrupted))
                throw new InvalidOperationException(what);
            Check(run, what, isSaved: outcome == "saved");
        }
    }

    /// <summary>Resumes what a process leaves that dies before each <paramref name="stride"/>th call of the save.</summary>
    internal int Kill(int first, int stride)
    {
        var (run, copies) = (Copy("case"), Directory.CreateDirectory(Path.Combine(folder, "killed")).FullName);
        if (Save(run, copies, -1, FaultLibrary.Snapshots) is not "saved" and var outcome)
            throw new InvalidOperationException(outcome);
        var killed = Directory.GetDirectories(copies).OrderBy(copy => int.Parse(Path.GetFileName(copy))).ToArray();
        var chosen = killed.Where((_, call) => call >= first && (call - first) % stride == 0).ToArray();
        foreach (var copy in chosen)
        {
            // Its process is dead, this one is not.
            foreach (var owner in Directory.GetDirectories(copy, "lock*"))
                Directory.Delete(owner, recursive: true);
            Check(copy, $"killed before call {Path.GetFileName(copy)}", isSaved: false);
        }

        Directory.Delete(copies, recursive: true);
        return chosen.Length;
    }

    /// <summary>Saves with room for a part of what a save adds, for none up to one and a half of it; the disk is full from the
    /// start of every second process on, else from its save on. Returns a line for each: the room in bytes, and what came of it.</summary>
    internal IEnumerable<string> FillDisk(int levels)
    {
        // Each file takes whole pages, and a save has folders, a manifest and lines of logs beside its files.
        const int Page = 4096, Others = 4;
        var saved = new RunFolder(_template).Checkpoints.Latest()!.Files.Sum(file => file.Bytes + Page) + (Others * Page);
        for (var level = 0; level < levels; level++)
        {
            var run = Copy("case");
            var room = (long)(1.5 * saved * level / (levels - 1));
            var outcome = SaveWithin(run, room, isFullAtStart: level % 2 == 0);
            var what = $"{room} bytes: {outcome}";
            Check(run, what, isSaved: outcome == "saved");
            yield return what;
        }
    }

    private static void StopAfter(TrainingProgress progress, long step, CancellationTokenSource stop)
    {
        if (progress.Step >= step && progress.Phase == TrainingPhase.Saving)
            stop.Cancel();
    }

    /// <summary>"saved", or the message of the failure.</summary>
    private static string Save(string path, string into, int call, int error)
    {
        using var run = TrainingRun.Resume(path);
        try
        {
            run.Run(progress =>
            {
                if (progress.Phase == TrainingPhase.Saving)
                    FaultLibrary.Arm(path, into, call, error);
            });
            return "saved";
        }
        catch (MtrlException e)
        {
            return e.Message;
        }
        finally
        {
            FaultLibrary.Disarm();
        }
    }

    /// <summary>As <see cref="Save"/>, with so many bytes of room on the disk.</summary>
    private string SaveWithin(string path, long room, bool isFullAtStart)
    {
        var rest = Path.Combine(folder, "rest");
        void Fill()
        {
            if (new DriveInfo(folder).AvailableFreeSpace - room is > 0 and var bytes && !File.Exists(rest))
                File.OpenHandle(rest, FileMode.CreateNew, FileAccess.Write, preallocationSize: bytes).Dispose();
        }

        try
        {
            if (isFullAtStart)
                Fill();
            using var run = TrainingRun.Resume(path);
            run.Run(progress =>
            {
                if (progress.Phase == TrainingPhase.Saving)
                    Fill();
            });
            return "saved";
        }
        catch (MtrlException e)
        {
            return $"exit code {e.ExitCode}: {e.Message}";
        }
        finally
        {
            File.Delete(rest);
        }
    }

    private void Check(string run, string what, bool isSaved)
    {
        var checkpoints = new RunFolder(run).Checkpoints;
        var newest = checkpoints.Latest(skipped => throw new InvalidOperationException($"{what}: {skipped}"))!;
        if (isSaved && RunResult.Of(run) != _wanted)
            throw new InvalidOperationException($"{what}, but step {newest.Info.Step} is not what was to be saved");
        if (Finish(run) != _wanted)
            throw new InvalidOperationException($"{what}, and then the end is another");
        if (Directory.GetDirectories(checkpoints.Folder).Length != checkpoints.Steps().Count)
            throw new InvalidOperationException($"{what}, and folders are left");
    }

    private static string Finish(string path)
    {
        using (var run = TrainingRun.Resume(path))
            run.Run();
        return RunResult.Of(path);
    }

    private string Copy(string name)
    {
        var copy = Path.Combine(folder, name);
        RunResult.Copy(_template, copy);
        return copy;
    }
}
