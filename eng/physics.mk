# MuJoCo's library from its source, for ./mtrl physics (eng/physics.sh):
#
#   make -f …/eng/physics.mk FLAGS=… PROFILE=generate|use TEXT=…
#
# In a folder with mujoco/, ccd/ (sources), include/ccd/config.h, engine/ and others/ (objects).
#
# Only the engine and libccd, where the time of a step is spent, are compiled with a profile and as a whole (LTO).
# The bits of the results are those of every other build: no contraction of a*b+c, no reductions in another order
# (-ffast-math, mjUSEPLATFORMSIMD).

library := libmujoco.so.2.2.2
engine := $(notdir $(wildcard mujoco/src/engine/*.c) $(wildcard ccd/src/*.c))
others := $(notdir $(wildcard mujoco/src/user/*.cc mujoco/src/xml/*.cc \
    mujoco/src/render/*.c mujoco/src/render/glad/*.c mujoco/src/render/glad/*.cc mujoco/src/ui/*.c))
objects := $(addprefix engine/,$(addsuffix .o,$(engine))) engine/text.o \
    $(addprefix others/,$(addsuffix .o,$(others)))

vpath %.c mujoco/src/engine mujoco/src/render mujoco/src/render/glad mujoco/src/ui ccd/src
vpath %.cc mujoco/src/user mujoco/src/xml mujoco/src/render/glad

common := -w -fPIC -fvisibility=hidden -fno-semantic-interposition -ffp-contract=off -DNDEBUG -D_GNU_SOURCE \
    -DCCD_STATIC_DEFINE -DMUJOCO_DLL_EXPORTS -Iinclude -Iccd/src -Imujoco/include -Imujoco/src \
    -I/usr/include/libqhull_r
fast := -O3 $(FLAGS)
profile-generate := -fprofile-generate
# A path that was not taken is compiled as without a profile: other models take it.
profile-use := -flto=auto -fprofile-use -fprofile-partial-training -fprofile-correction
profile := $(profile-$(PROFILE))
# In a package its small libraries lie beside it, or above glibc-hwcaps/LEVEL.
beside := -Wl,-rpath,'$$ORIGIN:$$ORIGIN/../..'

$(library): $(objects)
	g++ -shared $(common) $(fast) $(profile) -Wl,-soname,$(notdir $@) -Wl,-z,defs -Wl,-z,now $(beside) -o $@ $^ \
	    -ltinyxml2 -llodepng -lqhull_r -ldl -lm -lpthread

engine/%.c.o: %.c
	gcc -std=gnu11 $(common) $(fast) $(profile) -c -o $@ $<

# What `mtrl doctor` says about this library.
engine/text.o:
	printf 'const char mtrl_engine_build[] = "%s";\n' '$(TEXT)' | \
	    gcc -x c -std=gnu11 -fPIC -fvisibility=default -c -o $@ -

others/%.c.o: %.c
	gcc -std=gnu11 $(common) -O2 -c -o $@ $<

others/%.cc.o: %.cc
	g++ -std=gnu++17 $(common) -O2 -c -o $@ $<
