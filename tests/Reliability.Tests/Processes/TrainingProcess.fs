/// Small training runs as processes of their own, with output, limits and signals as a shell gives them.
module MtrlFunctional.Reliability.Tests.TrainingProcess

open System.Diagnostics
open System.IO
open System.Runtime.InteropServices
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

[<DllImport("libc")>]
extern int private kill(int pid, int signal)

/// Of a run that ends by itself.
let steps = 40

/// Words of a run of one task; `extra` replaces them.
let words folder name (extra: string list) =
    Words.split
        $"train --paper-lines env=metaworld-mt1 env.benchmark.env_name=drawer-close agent=state_sac
        setup.name={name} setup.seed=1 setup.base_path={folder} setup.threads=1 env.horizon=20
        experiment.num_train_steps={steps} experiment.init_steps=20 experiment.eval_freq=1000000
        experiment.save_freq=1000000 experiment.num_eval_episodes=1 replay_buffer.batch_size=16
        replay_buffer.capacity=2000 agent.actor.hidden_dim=16"
    @ extra

/// A run of more steps than any test waits for.
let endless = [ "experiment.num_train_steps=100000000" ]

let folderOf folder name =
    RunFolder(Path.Combine(folder, name, "seed-1"))

/// The newest step that a run saved; below 0: none.
let stepOf folder name =
    match (folderOf folder name).Checkpoints.Latest() with
    | null -> -1L
    | newest -> newest.Info.Step

/// Starts `mtrl WORDS` by a line of bash in which {run} stands for the program: "exec {run} > /dev/full".
/// With `exec` the process has the id of the program. Its disposal kills it.
let shell (line: string) (words: string list) : Process =
    let program = ChildProcess.mtrl
    // A background job of a shell ignores these two, and so do the processes that it starts.
    let run = "env --default-signal=INT,QUIT dotnet \"$0\" \"$@\""
    let script = line.Replace("{run}", run)
    // Tests may themselves run under nohup.
    let info =
        ProcessStartInfo("env", [ "--default-signal=HUP"; "bash"; "-c"; script; program ] @ words)

    info.RedirectStandardError <- true
    info.RedirectStandardOutput <- true
    ChildProcess.begun info

/// What a process writes to both streams, and its exit code.
let finish (running: Process) =
    let error = running.StandardError.ReadToEndAsync()
    let output = running.StandardOutput.ReadToEnd()
    running.WaitForExit()
    running.ExitCode, output, error.Result

let signal (running: Process) number = kill (running.Id, number) |> ignore

/// Waits until a run has printed a number of lines, or ends by itself.
let awaitLines (running: Process) (run: RunFolder) count =
    Waiting.Until(
        $"{count} lines in {run.TrainLogFile}",
        fun () ->
            running.HasExited
            || File.Exists run.TrainLogFile
               && Seq.length (File.ReadLines run.TrainLogFile) >= count
    )

/// Waits for the end of a process; the seconds that it took.
let awaitEnd (running: Process) =
    let clock = Stopwatch.StartNew()
    Waiting.Until($"the end of process {running.Id}", fun () -> running.HasExited)
    clock.Elapsed.TotalSeconds
