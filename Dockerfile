# The program in an image of its own: docker build -t mouthpiece .
#
#   docker run --rm -v "$PWD:/data" mouthpiece render /data/avatar --audio /data/speech.mp3 -o /data/talk.mp4 --overwrite
#
# Files are written as root; --user "$(id -u):$(id -g)" writes them as you. `prepare` keeps what it makes in a folder
# that such a user may write with -e XDG_CACHE_HOME=/data/cache; `serve` is reached with -p 8010:8010 and
# --listen 0.0.0.0:8010 --token FILE. GPUs: NVIDIA's driver comes from the host (docs/gpu.md), for others install
# mesa-vulkan-drivers in an image made FROM this one.
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends make ca-certificates
WORKDIR /mouthpiece
# Packages first: they change less often than the source.
COPY Makefile requirements.txt ./
RUN make packages .venv/installed
COPY . .
RUN make install PREFIX=/opt/mouthpiece

FROM debian:12-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends libavcodec59 libavformat59 libavutil57 libswresample4 \
     libswscale6 libssl3 libjpeg62-turbo libkissfft-float131 libhwy1 libonnx1 libvulkan1 \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/mouthpiece /usr/local
ENTRYPOINT ["mouthpiece"]
