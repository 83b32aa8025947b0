declare module '@cornerstonejs/codec-openjpeg/decode';
