module MtrlFunctional.Reliability.Tests.Processes.SlurmTests

open Expecto
open Expecto.Flip
open System
open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Tests.Child

/// `mtrl submit` with the daemons of Slurm; only where they are installed.
let ``an array of Slurm`` =
    let words folder name (steps: int) =
        Words.split
            $"env=metaworld-mt1 env.benchmark.env_name=drawer-close agent=state_sac
            setup.name={name} setup.base_path={folder} setup.seed_ref=1 setup.num_seeds=2
            setup.threads=1 env.horizon=20 experiment.num_train_steps={steps}
            experiment.init_steps=20 experiment.save_freq=20 experiment.num_eval_episodes=1
            replay_buffer.batch_size=16 replay_buffer.capacity=2000 agent.actor.hidden_dim=8"

    let requireSlurm () =
        match SlurmCluster.Missing with
        | [] when Environment.UserName = "root" -> ()
        | [] -> skiptest "needs root, for daemons of its own."
        | packages ->
            let list = String.concat " " packages

            skiptest $"Slurm is not installed (apt-get install --no-install-recommends {list})."

    after (lazy requireSlurm ()) [
        /// One run is asked to save, queued again and goes on; a cancelled one is submitted again.
        testCase "saves at a signal, goes on where it was, and is never trained twice" (fun () ->
            use cluster = new SlurmCluster()
            let run = words cluster.Folder "swept" 500

            let file path =
                Path.Combine(cluster.Folder, "swept", path)

            let mtrl words =
                cluster.Execute "dotnet" (ChildProcess.mtrl :: words)

            let said words =
                let code, output, errors = mtrl words
                code |> Expect.equal errors 0
                output

            let step seed =
                match (RunFolder(file $"seed-{seed}")).Checkpoints.Newest() with
                | null -> -1L
                | newest -> newest.Step

            /// State of a member in the queue, and its number; empty where it is not there.
            let queued place =
                (cluster.Run "squeue" [ "-h"; "-r"; "-o"; "%K %t %F_%K" ]).Split '\n'
                |> Array.map _.Split(' ')
                |> Array.tryFind (fun cells -> cells[0] = string place)
                |> Option.map (fun cells -> cells[1], cells[2])
                |> Option.defaultValue ("", "")

            let log place = file $"array-{place}.log"

            /// Waits for a line in the log of a member, and then for its state in the queue.
            let untilLogged place (line: string) state =
                Waiting.Until(
                    $"'{line}' and '{state}' of member {place}",
                    fun () ->
                        File.Exists(log place)
                        && File.ReadAllText(log place).Contains line
                        && fst (queued place) = state
                )

            said ("submit" :: run) |> matches "^array [0-9]+: 2 of 2 runs of "
            let code, _, errors = mtrl ("submit" :: run)
            code |> equals 2
            errors |> contains "2 of its 2 runs are queued or running"
            errors |> contains "scancel"
            Waiting.Until("both runs save", (fun () -> step 1 > 0L && step 2 > 0L))
            cluster.Run "scancel" [ snd (queued 1) ] |> ignore
            cluster.Run "scancel" [ "--batch"; "--signal=USR1"; snd (queued 0) ] |> ignore
            untilLogged 0 "mtrl: exit code 85" "PD"
            untilLogged 1 "mtrl: exit code 143" ""
            let jobs = said [ "jobs"; file "" ]
            jobs |> matches "seed-1 +queued, step [1-9]"
            jobs |> matches "seed-2 +step [1-9]"

            // Slurm itself would wait two minutes.
            cluster.Run "scontrol" [ "update"; $"JobId={snd (queued 0)}"; "StartTime=now" ]
            |> ignore

            untilLogged 0 "mtrl: exit code 85" "R"
            said [ "jobs"; file "" ] |> matches "seed-1 +running, step [1-9]"
            untilLogged 0 "mtrl: exit code 0" ""
            File.ReadAllText(log 0) |> contains ": continues at step "
            step 1 |> equals 500L
            let written = File.GetLastWriteTimeUtc(file "seed-1/report.html")
            let code, _, errors = mtrl [ "collect"; file "" ]
            code |> equals 1
            errors |> matches "1 of 2 runs are missing: seed-2 \\(step"

            said ("submit" :: run) |> matches ": 1 of 2 runs of "
            untilLogged 1 "mtrl: exit code 0" ""
            said [ "collect"; file "" ] |> matches "mean +2 seeds"
            File.GetLastWriteTimeUtc(file "seed-1/report.html") |> equals written)

        if LongForm.isAsked then
            testCase "goes on without the daemon of its node" (fun () ->
                use cluster = new SlurmCluster()
                let run = words cluster.Folder "left" 500

                let mtrl words =
                    let code, output, errors =
                        cluster.Execute "dotnet" (ChildProcess.mtrl :: words)

                    code |> Expect.equal errors 0
                    output

                let checkpoints seed =
                    (RunFolder(Path.Combine(cluster.Folder, "left", $"seed-{seed}"))).Checkpoints

                let step seed =
                    match (checkpoints seed).Newest() with
                    | null -> -1L
                    | newest -> newest.Step

                mtrl ("submit" :: run) |> ignore
                Waiting.Until("both runs save", (fun () -> step 1 > 0L && step 2 > 0L))
                cluster.KillNode()
                Waiting.Until("both runs end", (fun () -> step 1 = 500L && step 2 = 500L))
                cluster.StartNode()
                let folder = Path.Combine(cluster.Folder, "left")
                mtrl [ "jobs"; folder ] |> matches "2 of 2 runs are finished"
                mtrl [ "collect"; folder ] |> matches "mean +2 seeds")

            testCase "has the trials of a search, one array after the other" (fun () ->
                use cluster = new SlurmCluster()

                let search =
                    [ "tune"; "--submit"; "agent.optimizers.critic.lr=1e-4,1e-3" ]
                    @ Words.split "--trials 2 --reduction 2 --min-steps 20"
                    @ words cluster.Folder "searched" 40

                let isIdle () =
                    (cluster.Run "squeue" [ "-h" ]).Trim() = ""

                let rec codes () =
                    let code, output, errors =
                        cluster.Execute "dotnet" (ChildProcess.mtrl :: search)

                    match code with
                    | 85 ->
                        Waiting.Until("the end of an array", isIdle)

                        let _, jobs, _ =
                            cluster.Execute "dotnet" [ ChildProcess.mtrl; "jobs"; cluster.Folder ]

                        jobs |> matches "trial-[12]/seed-1 +step 20 "
                        code :: codes ()
                    | 0 ->
                        output |> contains "2 of 2 trials have a result, 1 with all 40 steps"
                        [ code ]
                    | _ -> failtest errors

                codes () |> equals [ 85; 85; 0 ])
    ]
    |> List.map (testSequencedGroup "Slurm")
