using System.Globalization;
using MtrlFunctional;
using MtrlFunctional.Processes;
using MtrlFunctional.Storage;
using MtrlFunctional.Tests.Child;
using MtrlFunctional.Training;

// A process for tests of what happens when one dies, or what it writes on fails.
//   hold FOLDER                        holds the lock until it is killed or its input ends
//   culture FOLDER                     prints the culture, and a number in it
//   crew FOLDER                        of several processes of MPI, the first reads from a null; prints what came of it
//   contend FOLDER LIBRARY             at each line of input takes the lock, at the next one releases it
//   record FOLDER LIBRARY FILE END INTERVAL            trains; writes all that changes the disk into a file
//   simulate FOLDER LIBRARY FIRST COUNT                trains runs by several processes in one; prints how many there were
//   memory FOLDER LIBRARY WORDS…       updates with a large allocation that fails in each; prints the messages
//   train FOLDER SEEDS WORDS…          trains a run with each seed from 1 on, one after the other
//   disk FOLDER LEVELS WORDS…          saves on a disk with more and more room; prints the room and what came of it
//   faults FOLDER LIBRARY ERRORS FIRST STRIDE WORDS…   saves with a fault in every STRIDEth system call; error 0: a kill
try
{
    var folder = args[1];
    switch (args[0])
    {
        case "faults":
            FaultLibrary.Load(args[2]);
            var save = new SaveUnderFaults(folder);
            save.Begin(args[6..]);
            foreach (var error in args[3].Split(',').Select(Number))
            {
                var (first, stride) = (Number(args[4]), Number(args[5]));
                Console.WriteLine(error == 0 ? save.Kill(first, stride) : save.FailCalls(error, first, stride));
            }

            return 0;
        case "train":
            for (var seed = 1; seed <= Number(args[2]); seed++)
                SeededRuns.Train(folder, seed, args[3..]);
            return 0;
        case "disk":
            var full = new SaveUnderFaults(folder);
            full.Begin(args[3..]);
            foreach (var line in full.FillDisk(Number(args[2])))
                Console.WriteLine(line);
            return 0;
        case "memory":
            foreach (var message in UpdatesWithoutMemory.Run(args[2], Number(args[3]), args[4..]))
                Console.WriteLine(message);
            return 0;
        case "record":
            FaultLibrary.Load(args[2]);
            using (var training = new ToyTraining(folder))
            {
                FaultLibrary.Arm(folder, args[3], -1, FaultLibrary.Record);
                training.RunTo(Number(args[4]), Number(args[5]));
                FaultLibrary.Disarm();
            }

            return 0;
        case "simulate":
            FaultLibrary.Load(args[2]);
            // One thread goes on at a time: on one processor, the next one need not be woken on another.
            if (OperatingSystem.IsLinux())
            {
                using var process = System.Diagnostics.Process.GetCurrentProcess();
                process.ProcessorAffinity &= -process.ProcessorAffinity;
            }

            var wanted = SimulatedSweep.Undisturbed(Path.Combine(folder, "undisturbed"));
            var seeds = Enumerable.Range(Number(args[3]), Number(args[4]));
            Console.WriteLine(seeds.Sum(seed => SimulatedSweep.Run(Path.Combine(folder, $"{seed}"), seed, wanted)));
            return 0;
        case "culture":
            var culture = CultureInfo.CurrentCulture;
            Console.WriteLine($"{(culture.Name is "" ? "Invariant" : culture.Name)} {1.5}");
            return 0;
        case "crew":
            using (var crew = Crew.Join([])!)
                if (crew.Rank > 0)
                    crew.Serve();
                else
                    Console.WriteLine(ReadNothing());
            return 0;
        case "contend":
            if (args[2] != "")
                FaultLibrary.Load(args[2]);
            Contend(folder);
            return 0;
        default:
            new RunFolder(folder).Claim();
            Console.WriteLine("holding");
            Console.In.ReadToEnd();
            return 0;
    }
}
catch (MtrlException e)
{
    Console.Error.WriteLine(e.Message);
    return e.ExitCode;
}

static void Contend(string folder)
{
    Console.WriteLine("ready");
    while (Console.ReadLine() is not null)
    {
        RunLock? held = null;
        try
        {
            held = new RunFolder(folder).Claim();
            Console.WriteLine("won");
        }
        catch (MtrlException e)
        {
            Console.WriteLine(e.Message);
        }

        Console.ReadLine();
        held?.Dispose();
        Console.WriteLine("released");
    }
}

// The processor's fault becomes an exception, unless a library took the signal.
static string ReadNothing()
{
    try
    {
        string? nothing = null;
        return $"{nothing!.Length}";
    }
    catch (NullReferenceException)
    {
        return "an exception";
    }
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
